"""Which wire names venues use for what, as seen in their documents. Compared without case and punctuation."""

from __future__ import annotations

import re

COMMON: dict[str, str] = {
    "id": "positionid trackingno trackingid subposid posid orderid orderno copyid id",
    "venue_symbol": "symbol symbolid instid instrumentid instrument symbolname contractcode contract "
    "tradingpair coinpair pair market",
    "side": "side dir posside positionside holdside direction islong positiondirection longshort tradeside",
    "size": "size positionsize possize subpos qty quantity positionqty positionamt openamount opensize openquantity "
    "holdsize holdamount volume vol contracts amount opendealcount fillsize buyfillsize holdcount",
    "entry_price": "entryprice entry avgentryprice openavgprice openpriceavg avgopenprice openaverageprice "
    "averageopenprice "
    "openavgpx avgprice averageprice avgpx openprice costprice buyprice",
    "mark_price": "markprice markpx",
    "leverage": "leverage lever lev openleverage openlevel positionleverage longleverage",
    "margin": "margin initialmargin marginamount openmargin openmarginsz positionmargin positionim posmargin",
    "margin_mode": "marginmode mode margintype mgnmode positiontype openmarginmode trademode holdmode",
    "unrealized_pnl": "unrealizedpnl unrealisedpnl unrealizedprofit unrealisedprofit unrealizedpl upl floatingpnl "
    "floatprofit openpnl upnl",
    "unrealized_roi": "unrealizedroi unrealisedroi unrealizedprofitrate unrealizedpnlratio uplratio "
    "unrealizedplr profitratio roe returnrate roi",
    "realized_pnl": "realizedpnl realisedpnl realizedprofit realisedprofit closedpnl achievedpl achievedprofits "
    "pnl profit accumulateprofit tracetotalprofit",
    "fee": "fee fees openfee commission totalfee",
    "liquidation_price": "liquidationprice liqprice liqpx estimatedliquidationprice",
    "take_profit": "takeprofit takeprofitprice stopprofitprice stopsurplusprice tpprice tptriggerprice tptriggerpx "
    "takeprofitrate stopprofitrate takeprofitratio tpratio stopprofitration stopsurplusratio",
    "stop_loss": "stoploss stoplossprice slprice sltriggerprice sltriggerpx stoplossrate stoplossratio slratio "
    "stoplossration",
    "leader_id": "leaderid leader leaderuserid leaderuid leadtraderid traderid traderuid traderuserid "
    "masterid uniquecode "
    "portfolioid",
    "leader_name": "leadername leadernickname tradername tradernickname leadtradername mastername nickname",
    "opened_at": "opentime openedat openat opents opentimems opentimestamp openingtime createdtime "
    "createdat createtime "
    "ctime buytime",
    "updated_at": "updatedtime updatedat updatetime utime",
    "exit_price": "exitprice avgexitprice closeavgprice closepriceavg avgcloseprice closeaverageprice "
    "closeavgpx closeprice sellprice",
    "realized_roi": "realizedroi realisedroi profitrate achievedplr pnlratio returnrate roi roe",
    "net_pnl": "netpnl netprofit accumulatenetprofit tracetotalnetprofit",
    "open_fee": "openfee entryfee",
    "close_fee": "closefee exitfee",
    "extent": "closestatus closetype",
    "closed_at": "closetime closedat closeat closets closetimems lastclosetimems closedtime "
    "closetimestamp selltime updatedtime utime",
    "name": "nickname name leadername leadernickname tradername displayname username tradernickname leadername",
    "can_follow": "canfollow cancopy copyable followable istrace cantrace",
    "followed": "followed isfollowed isfollowing ismytrader copied",
    "followers": "followers followercount followernum followcount currentfollowers copytradernum copiers "
    "currentcopiers currentfollowercount currentfollowernum",
    "follower_limit": "followerlimit maxfollowers maxfollowlimit maxfollowcount maxcopytradernum maxcopiers "
    "maxfollowerlimit maxlimit maxfollowernum",
    "followers_ever": "followersever totalfollowers accumulatedfollowers accucopytradernum totalfollowernum",
    "roi": "roi totalroi profitrate pnlratio returnrate yield",
    "pnl": "pnl totalpnl totalprofit profit totalpl",
    "win_rate": "winrate winratio averagewinrate",
    "max_drawdown": "maxdrawdown mdd drawdown maxcallbackrate maxretracement",
    "follower_pnl": "followerpnl followertotalprofit followersprofit copierspnl",
    "aum": "aum assetsundermanagement totalfollowassets",
    "trades": "trades tradecount totaltrades tradenum totaltradecount tradingordernum tradingorders",
    "wins": "wins profitcount wincount profitordercount gainnum",
    "losses": "losses losscount lossordercount lossnum",
    "days": "days leaddays tradingdays tradedays settledays copytradedays",
    "symbols": "symbols currenttradingpairs currenttradinglist tradinginstruments traderinsts pairs "
    "tradingpairsavailable tradingpairsavailablelist",
    "last_trade_at": "lasttradetime lasttradeat",
    "roi_series": "roiseries dailyprofitratelist roilist pnlratios dailyprofitrate",
    "pnl_series": "pnlseries dailyprofitlist pnllist dailyprofit",
    "window_days": "windowdays",
    "profit_share": "profitshare profitshareratio profitsharerate profitsharingratio",
    "margin_balance": "marginbalance",
    "available_margin": "availablemargin availablebalance",
    "invested": "invested investamount tracetotalamount totalinvested copytotalamount tracetotalmarginamount "
    "accumulatemarginamount",
    "profit_share_pending": "profitsharepending holdingprofitsharing unsettledprofitshare",
    "profit_share_paid": "profitsharepaid settledprofitsharing profitsharepaidout",
    "followed_at": "followedat followtime tracetime copytime begincopytime followertime",
    "budget": "budget copytotalamt",
    "equity": "equity totalequity accountequity walletbalance",
    "available": "available availablebalance free",
    "asset": "asset currency coin ccy marginccy quoteccy margincoin settletokenid",
    "min_size": "minsize minqty minopencount minorderqty minquantity minfollowsize minfollowquantity",
    "max_size": "maxsize maxqty maxopencount maxorderqty maxquantity maxfollowsize maxfollowquantity",
    "amount": "amount profitshareamt profitshareamount distributeprofit sharedprofit profit",
    "follower_id": "followerid followeruid",
    "follower_name": "followername followernickname nickname",
    "at": "settledat settletime profittime time ts date",
    "status": "status",
    "stop_loss_delay": "stoplossdelay",
    "zero_slippage": "zeroslippageswitch zeroslippage",
    "isolated_reserve": "isolatedreservedamount",
    "max_equity_share": "maxinvestrate",
    "daily_budget": "dailymaxinvestamount dailybudget",
    "total_budget": "investamount totalbudget copytotalamt",
    "max_position": "maxholdsize maxholdcount maxposition",
    "short_leverage": "shortleverage",
}
"""Canonical field -> wire names, the surest first."""

OWN: dict[str, dict[str, str]] = {
    "ClosedPosition": {
        "size": "closedsize closesize closedquantity closequantity closeamount closedqty closedealcount dealcount "
        "size qty quantity",
        "fee": "",
    },
    "Position": {"realized_pnl": "realizedpnl realisedpnl realizedprofit realisedprofit achievedpl"},
    "Leader": {"id": "leaderid leaderuserid leaderuid traderid traderuid uniquecode portfolioid uid id"},
    "LeadStatistics": {"id": "leaderid leaderuserid traderid traderuid uniquecode uid id"},
    "FollowedLeader": {"leader_name": f"{COMMON['leader_name']} name", "leader_id": f"{COMMON['leader_id']} id"},
    "Follower": {"id": "followerid followeruid uid userid id", "name": "followername nickname name username"},
    "ProfitShare": {"id": "id profitid orderid"},
    "Account": {"id": "accountid userid uid", "name": "accountname nickname"},
}
"""Where a struct means something else by a name."""


def normal(name: str) -> str:
    """A name as it is compared."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def names_of(struct: str, field: str) -> list[str]:
    """The wire names of a field of a struct, its own name always among them."""
    listed = OWN.get(struct, {}).get(field, COMMON.get(field, ""))
    return [*listed.split(), normal(field)] if listed or field not in OWN.get(struct, {}) else []


VERB_WORDS: tuple[tuple[str, str], ...] = (
    (r"profit_?(shar|dist)|distribut", "lead.profit_share"),
    (r"(my|own)?_?followers|copiers", "lead.followers"),
    (r"follower_(leader|trader)s", "following"),
    (r"unfollow|cancel_?(trader|leader|follow)|stop_?copy", "unfollow"),
    (r"tpsl|stop_?profit|trading_?stop", "set_tpsl"),
    (r"(server)?_?time$", "time"),
    (r"histor|closed|close_?pnl", "closed_positions"),
    (r"close", "close_position"),
    (r"position|current|open_?order|tracking", "positions"),
    (r"setting|config", "follow_settings"),
    (r"following|my_?(trader|leader)s", "following"),
    (r"leaders|traders|rank|list_?(leader|trader)", "list_leaders"),
    (r"leader|trader", "leader"),
    (r"account|balance|wallet", "account"),
    (r"limit|rule|quantity", "copy_limits"),
    (r"follow", "follow"),
)
"""What a file's name says about the verb; the first that fits."""
