"""Keeps requests inside a venue's windows and away from it while it bans, over everything that counts together.

* ``limits``   the windows and bans that the requests of one connection pass, and what its answers say about them
* ``shapes``   those windows but for whose they are: once for all accounts of an API
* ``bans``     for how long nothing is sent after the venue said that it was too much
* ``store``    where windows and bans are kept: ``memory`` (the tasks of an event loop), ``sqlite`` (the processes of a
  host), ``redis`` (several hosts); ``shared`` opens them

Windows are exact for the venue too, whatever the network does: a place in one is taken before the request is signed and
grows old only from the moment when the answer is there, because nobody knows when the venue counted it in between.
"""

from .limits import PATIENCE, Limits, urgent

__all__ = ["PATIENCE", "Limits", "urgent"]
