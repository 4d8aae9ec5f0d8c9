"""Drawing on other machines: Dask hands out the shares, drawers read them, and what goes between them is sealed."""
