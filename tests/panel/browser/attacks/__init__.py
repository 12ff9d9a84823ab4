"""Outputs that try to act in the page of Jupyter; a notebook's kernel imports this and shows them.

Code of an attack that runs in the page calls `top.pwn(its name)`, which the tests put there. In a
frame of another origin the same call throws.
"""


def run(name):
    """Return the code of an attack; it needs no quotes where an attribute needs none."""
    return f"top.pwn('{name.replace(' ', '-')}')"


def handler(name):
    """Return an image that fails, and runs the code of the attack with this name then."""
    return f'<img src=data:,x onerror="{run(name)}">'


def filled(value, name):
    """Return a value in which RUN is the code of an attack, and IMAGE an image that runs it."""
    if isinstance(value, str):
        return value.replace("IMAGE", handler(name)).replace("RUN", run(name))
    if isinstance(value, list):
        return [filled(item, name) for item in value]
    return {key: filled(item, name) for key, item in value.items()}
