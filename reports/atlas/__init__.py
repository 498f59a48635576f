"""The atlas: measure a column, view it, write it down."""
