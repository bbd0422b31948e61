"""New versions of stored datasets, row by row. It never mentions files of strangers or Redis."""
