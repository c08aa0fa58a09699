"""A place in a JSON document (RFC 6901)."""


def json_pointer(*steps: str | int) -> str:
    """Write the pointer through these names and indexes; without any, the whole document."""
    return "".join(
        "/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps
    )  # section 3
