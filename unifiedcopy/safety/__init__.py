"""What stands between a wish to change something and the venue: no write is lost, none is sent twice.

    planned ──(guards ok, on disk)──> sent ──> confirmed                     the venue said yes
       │                               ├────> rejected                      the venue proved a no
       └──> not_sent                   ├────> not_sent                      it provably never left
                                       └────> unknown ──(state read back)──> applied | not_applied | unresolved

* ``intent``    what is wanted, and the key by which the same wish is known again
* ``goals``     what the venue's state shows when it was done
* ``journal``   every step on disk before the next one (``chain``: hash-chained, append-only; ``files``: private)
* ``protocol``  the way of one write through all of it, cancelled or not
* ``readback``  settles what is not known by looking, never by sending again
* ``caps``      the most that may be put at risk; ``halt``: the switch that stops new followings
"""
