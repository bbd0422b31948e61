"""The core: layers, costs, update rules. It never mentions specs, files, Redis or clocks."""
