"""What every response goes through: addresses, headers, codings, ranges, cache, counters."""
