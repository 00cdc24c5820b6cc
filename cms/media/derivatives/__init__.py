"""Derivatives: files that recipes make from media files, such as posters and waveforms. Each can be made again."""
