"""What a bundle has in it as it is, for machines without this package: it knows nothing of ours."""
