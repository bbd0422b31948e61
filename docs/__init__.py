"""The pages of the docs, and the site that is made of them. Knows Markdown, and not the code."""
