"""Tables: files of rows with named columns. It knows Arrow and never mentions Redis or HTTP."""
