"""What a person is told about data, jobs and rows. It never mentions arrays, Redis or HTTP."""
