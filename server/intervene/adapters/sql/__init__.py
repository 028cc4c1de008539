"""What both SQL databases share.

schema        the tables
queries       what is asked of either engine
values        an item of the log as columns
directory     what stands beside the log
nodes         the rows of the nodes
"""
