"""What an installation asks of the image: apply our resources, check the stack, check an uninstall.

The image has no shell and no kubectl, and a chart's hooks and tests need something of both.
"""
