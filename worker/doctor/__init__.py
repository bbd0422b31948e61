"""Why a network does not learn, read off its epochs. It never mentions files, Redis or HTTP."""
