"""What happens to a service: scenarios only break things and wait; they judge nothing."""
