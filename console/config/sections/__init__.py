"""One frozen Struct a section of config.toml; the text under each field's name in `DOCS` becomes its comment there."""
