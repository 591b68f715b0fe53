"""Ground floor: database, unit of work, events and jobs, clock, ids, errors, paging. Knows no feature."""
