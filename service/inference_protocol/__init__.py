"""The words of the Open Inference Protocol, version 2. It never mentions arrays."""
