"""Files of strangers to arrays. It never mentions Redis or HTTP."""
