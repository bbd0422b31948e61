"""Encoded pictures to arrays, in processes of their own. It never mentions datasets."""
