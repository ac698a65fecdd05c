/**
 * Mail services, whose users share nothing but the service: such a domain identifies no company.
 *
 * A list of our own, and short: the published ones hold thousands of companies, and a company that is taken for a mail service is
 * recognised nowhere. A service that is missing here costs a question; see docs/decisions/16-names-of-companies.md.
 */
const HOSTS: ReadonlySet<string> = new Set(
  `gmail.com icloud.com me.com mac.com msn.com ymail.com rocketmail.com aim.com fastmail.com fastmail.fm hey.com hushmail.com
   mail.com email.com usa.com consultant.com inbox.com lycos.com excite.com juno.com netzero.net
   proton.me pm.me tutanota.com tutanota.de tuta.io tutamail.com posteo.de mailbox.org startmail.com runbox.com mailfence.com
   zoho.com zohomail.com duck.com privaterelay.appleid.com simplelogin.com
   comcast.net verizon.net sbcglobal.net bellsouth.net pacbell.net cox.net charter.net rr.com earthlink.net optonline.net
   shaw.ca sympatico.ca videotron.ca telus.net
   web.de t-online.de freenet.de arcor.de online.de bluewin.ch hispeed.ch aon.at chello.at
   orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr skynet.be telenet.be
   btinternet.com btopenworld.com virginmedia.com ntlworld.com talktalk.net blueyonder.co.uk tiscali.co.uk eircom.net
   libero.it virgilio.it alice.it tin.it tiscali.it terra.es
   planet.nl hetnet.nl home.nl ziggo.nl kpnmail.nl xs4all.nl telia.com bredband.net online.no sapo.pt iol.pt
   wp.pl o2.pl onet.pl op.pl interia.pl gazeta.pl seznam.cz centrum.cz email.cz post.cz centrum.sk azet.sk freemail.hu citromail.hu
   abv.bg mail.bg mail.ru bk.ru list.ru inbox.ru rambler.ru ya.ru ukr.net i.ua inbox.lv
   qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com 21cn.com
   naver.com daum.net hanmail.net nate.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp nifty.com biglobe.ne.jp ocn.ne.jp
   rediffmail.com rediff.com indiatimes.com sify.com bigpond.com bigpond.net.au optusnet.com.au iinet.net.au xtra.co.nz
   uol.com.br bol.com.br terra.com.br ig.com.br globo.com oi.com.br walla.co.il mailinator.com yopmail.com guerrillamail.com`.split(
    /\s+/,
  ),
)

/** Mail services with a host in every country: `yahoo.co.uk`, `hotmail.fr`. */
const FAMILIES: ReadonlySet<string> = new Set(
  'yahoo hotmail outlook live googlemail gmx yandex aol protonmail'.split(' '),
)

/** @param label the domain without its public suffix */
export function isFreeMail(domain: string, label: string): boolean {
  return HOSTS.has(domain) || FAMILIES.has(label)
}
