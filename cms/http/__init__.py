"""What every answer goes through, whatever it shows: addresses, headers, codings, ranges, the cache, the counters."""
