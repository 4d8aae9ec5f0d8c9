"""What is wrong with a site, and what became worse with a release."""
