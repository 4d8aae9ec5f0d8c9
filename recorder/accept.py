"""What a request says it takes: the `Accept-…` headers and their weights (RFC 9110, 12.4.2). Pure."""


def weights(header: str) -> dict[str, float]:
    """Each range of a header with its weight from 0 (never) to 1, the best liked first; a broken weight counts as 0."""
    ranges = (each.partition(";") for each in header.split(",") if each.strip())
    read = {name.strip(): _weight(parameters) for name, _, parameters in ranges}
    return dict(sorted(read.items(), key=lambda each: -each[1]))


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0
