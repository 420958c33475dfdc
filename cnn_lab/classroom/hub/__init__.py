"""An example of a JupyterHub for a class, with nbgrader's exchange between teacher and students."""
