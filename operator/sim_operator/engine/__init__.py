"""The loop of each account: sweep, plan, act, report.

supervisor   which accounts run, who belongs to which, SIMs that belong to none
  roster       the assignment of SIMs to accounts and of ICCIDs to SIMs
  account      one account: its state, its tasks
    connecting   Secret, CA bundle and endpoint -> a 1NCE client, or why there is none
    sweeping     all pages -> sightings, believed or not
    detailing    quota and session of each SIM, evenly spread; its use, as policies need it
    agenda       whose turn it is to be read
    visiting     one SIM's turn: the reads, and what they told
    deciding     records + sightings -> plans -> statuses and actions
    carrying     actions -> calls to 1NCE, outcomes -> ledgers
"""
