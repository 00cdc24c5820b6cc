"""Search by words anywhere: of media files, by their names, titles and tags and by what shows them.

Each file has a row with its words (:mod:`cms.search.models`), which every commit keeps current
(:mod:`cms.search.indexing`). :mod:`cms.search.finding` makes conditions of what an editor types. Both databases find
parts of words by their trigrams: SQLite in an FTS5 table that triggers keep, PostgreSQL in an index, if its extension
pg_trgm is installed. Without it all rows are read, which finds the same.
"""

from cms.search import indexing as indexing
