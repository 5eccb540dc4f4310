"""The templates of the pages; `html` renders them."""
