"""Event files of TensorBoard. It never mentions HTTP."""
