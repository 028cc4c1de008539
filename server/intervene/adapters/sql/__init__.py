"""What both SQL databases share. Each module below the line is a port, written once for either engine.

schema          the tables of the log and beside it
people_tables   those of people
contacts_tables those of contacts
settings_tables those of what organisations set in rows
setting_rows    reading them, for what changes them too
statements      SQLAlchemy Core over them, compiled once for each engine
database        how an engine is asked: queries, which have no connection
keys            a conversation's row, found by its key
queries         the text that the log asks: rows and their locks, pages bounded in bytes
values          a commit as the columns of its rows

schedule        turns and timers that are due
retention       pieces that are kept no longer
inbox           lists of conversations
addresses       which were given up
takeover_times  the times of takeovers
read_positions  how far readers have read
nodes           the rows of the nodes
audit           the record of what people changed
contacts        whose addresses are, and what is known of them
attributes      what is known of contacts, by source
beside          what a commit writes beside its conversation
joins           identities that become one
folding         names that are folded anew
organisations   their tree
people          their people
versions        how new all of that is, in one query
policies        what organisations have set, as the rules read it
settings        changes of what they set in rows
store           all of these on one database, and the log
"""
