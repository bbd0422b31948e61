"""Reads arrays of pictures and labels as people have them. It never mentions encoded pictures."""
