// The tables of facts.h. Each entry names the page that says so; prefixes of clouds are the large
// blocks of their published lists, not every one: what is missing is a finding less, never one too
// many.
#include "audit/facts.h"

namespace holdfast::audit {

const std::vector<Service>& services() {
  static const std::vector<Service> table{
      // "The Amazon DNS server … at 169.254.169.253 and fd00:ec2::253, and at the base of the VPC's
      // network plus two": https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
      {"aws-vpc", "the resolver of an AWS VPC", "169.254.169.253 fd00:ec2::253", ""},
      // https://cloud.google.com/compute/docs/internal-dns
      {"gcp", "the resolver of Google Cloud", "169.254.169.254",
       "metadata.google.internal metadata.goog"},
      // https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
      {"azure", "the resolver of Azure", "168.63.129.16", ""},
      // https://www.alibabacloud.com/help/en/ecs (the default name servers of a VPC)
      {"alibaba-vpc", "the resolver of an Alibaba Cloud VPC", "100.100.2.136 100.100.2.138", ""},
      // https://developers.cloudflare.com/1.1.1.1/ip-addresses/, with its variants for families
      {"cloudflare", "1.1.1.1 of Cloudflare",
       "1.1.1.0/24 1.0.0.0/24 2606:4700:4700::/48 162.159.36.0/24 162.159.46.0/24",
       "one.one.one.one cloudflare-dns.com cloudflare-gateway.com 1dot1dot1dot1.com"},
      // https://developers.google.com/speed/public-dns/docs/using
      {"google", "Google Public DNS", "8.8.8.0/24 8.8.4.0/24 2001:4860:4860::/48",
       "dns.google dns.google.com dns64.dns.google"},
      // https://quad9.net/service/service-addresses-and-features/
      {"quad9", "Quad9", "9.9.9.0/24 149.112.112.0/24 149.112.149.0/24 2620:fe::/48", "quad9.net"},
      // https://www.opendns.com/setupguide/, now Cisco Umbrella
      {"opendns", "OpenDNS", "208.67.222.0/24 208.67.220.0/24 2620:119:35::/48 2620:119:53::/48",
       "opendns.com umbrella.com"},
      // https://adguard-dns.io/kb/general/dns-providers/
      {"adguard", "AdGuard DNS", "94.140.14.0/24 94.140.15.0/24 2a10:50c0::/32",
       "adguard-dns.com adguard-dns.io adguard.com"},
      // https://cleanbrowsing.org/filters/
      {"cleanbrowsing", "CleanBrowsing", "185.228.168.0/24 185.228.169.0/24 2a0d:2a00::/32",
       "cleanbrowsing.org"},
      // https://controld.com/free-dns
      {"controld", "Control D", "76.76.2.0/24 76.76.10.0/24 2606:1a40::/32", "controld.com"},
      // https://my.nextdns.io (set-up page)
      {"nextdns", "NextDNS", "45.90.28.0/24 45.90.30.0/24 2a07:a8c0::/32 2a07:a8c1::/32",
       "nextdns.io"},
      // https://mullvad.net/help/dns-over-https-and-dns-over-tls
      {"mullvad", "Mullvad DNS", "194.242.2.0/24 2a07:e340::/32", "dns.mullvad.net"},
      // https://dns.sb/
      {"dns-sb", "DNS.SB", "185.222.222.222 45.11.45.11 2a09:: 2a11::", "dns.sb"},
      // https://www.joindns4.eu/for-public
      {"dns4eu", "DNS4EU", "86.54.11.0/24 2a13:1001::/32", "joindns4.eu"},
      // https://vercara.com/ultradns-public: once Verisign's and Neustar's
      {"ultradns-public", "UltraDNS Public",
       "64.6.64.0/24 64.6.65.0/24 156.154.70.0/24 156.154.71.0/24", ""},
      // Level 3, now Lumen: undocumented, and much used
      {"level3", "the resolvers of Level 3", "4.2.2.1 4.2.2.2 4.2.2.3 4.2.2.4 4.2.2.5 4.2.2.6", ""},
      // https://dns.yandex.com/
      {"yandex", "Yandex DNS", "77.88.8.0/24 2a02:6b8::feed:0/112", "dns.yandex.net"},
      // https://www.alidns.com/
      {"alidns", "AliDNS", "223.5.5.5 223.6.6.6 2400:3200::1 2400:3200:baba::1", "alidns.com"},
      // https://www.dnspod.com/products/public.dns
      {"dnspod", "DNSPod", "119.29.29.29 119.28.28.28", "doh.pub dot.pub dns.pub"},
      // https://dns.he.net/
      {"hurricane", "the resolver of Hurricane Electric", "74.82.42.42 2001:470:20::2",
       "ordns.he.net"},
  };
  return table;
}

const std::vector<Cloud>& clouds() {
  static const std::vector<Cloud> table{
      // https://ip-ranges.amazonaws.com/ip-ranges.json. infura.io and the gateways of Coinbase and
      // Base went down with us-east-1 on 2025-10-20.
      {"aws", "AWS",
       "169.254.169.253 fd00:ec2::253 3.0.0.0/8 13.32.0.0/14 13.224.0.0/14 18.32.0.0/11 "
       "18.64.0.0/10 18.128.0.0/9 23.20.0.0/14 34.192.0.0/10 35.152.0.0/13 35.160.0.0/13 "
       "35.168.0.0/13 35.176.0.0/13 44.192.0.0/10 46.137.0.0/16 50.16.0.0/14 52.0.0.0/11 "
       "52.32.0.0/11 52.64.0.0/12 52.84.0.0/14 52.88.0.0/13 52.192.0.0/11 54.64.0.0/11 "
       "54.144.0.0/12 54.160.0.0/11 54.192.0.0/10 75.101.128.0/17 99.80.0.0/14 107.20.0.0/14 "
       "174.129.0.0/16 176.34.0.0/16 184.72.0.0/15 205.251.192.0/18 2600:1f00::/24 "
       "2600:9000::/28 2a05:d000::/25 2406:da00::/24",
       "amazonaws.com cloudfront.net on.aws api.aws awsapprunner.com "
       "elasticbeanstalk.com awsglobalaccelerator.com infura.io coinbase.com base.org",
       "aws amazon amazon-web-services ec2 aws-vpc"},
      // https://www.gstatic.com/ipranges/cloud.json and goog.json
      {"google-cloud", "Google's network",
       "169.254.169.254 8.8.8.0/24 8.8.4.0/24 34.64.0.0/10 34.128.0.0/10 35.184.0.0/13 "
       "35.192.0.0/12 35.208.0.0/12 35.224.0.0/12 35.240.0.0/13 104.154.0.0/15 104.196.0.0/14 "
       "130.211.0.0/16 142.250.0.0/15 146.148.0.0/17 172.217.0.0/16 216.58.192.0/19 "
       "216.239.32.0/19 2001:4860::/32 2404:6800::/32 2607:f8b0::/32 2a00:1450::/32 "
       "2600:1900::/28",
       "metadata.google.internal metadata.goog googleapis.com dns.google dns.google.com run.app "
       "appspot.com cloudfunctions.net web.app firebaseapp.com "
       "googleusercontent.com blockchainnodeengine.com",
       "gcp google-cloud gce google"},
      // https://www.microsoft.com/download/details.aspx?id=56519 (service tags)
      {"azure", "Azure",
       "168.63.129.16 13.64.0.0/11 20.36.0.0/14 20.40.0.0/13 20.48.0.0/12 20.64.0.0/10 "
       "20.192.0.0/10 23.96.0.0/13 40.64.0.0/10 52.160.0.0/11 52.224.0.0/11 65.52.0.0/14 "
       "104.40.0.0/13 104.208.0.0/13 168.61.0.0/16 168.62.0.0/15 191.232.0.0/13 2603:1000::/24",
       "azure.com azure.net azure-api.net azurecontainerapps.io azurewebsites.net azureedge.net "
       "azurefd.net cloudapp.net windows.net "
       "trafficmanager.net microsoft.com",
       "azure microsoft"},
      // https://www.cloudflare.com/ips/. cloudflare-eth.com is its gateway to Ethereum.
      {"cloudflare", "Cloudflare's network",
       "1.1.1.0/24 1.0.0.0/24 173.245.48.0/20 103.21.244.0/22 103.22.200.0/22 103.31.4.0/22 "
       "141.101.64.0/18 108.162.192.0/18 190.93.240.0/20 188.114.96.0/20 197.234.240.0/22 "
       "198.41.128.0/17 162.158.0.0/15 104.16.0.0/13 104.24.0.0/14 172.64.0.0/13 131.0.72.0/22 "
       "2400:cb00::/32 2606:4700::/32 2803:f800::/32 2405:b500::/32 2405:8100::/32 "
       "2a06:98c0::/29 2c0f:f248::/32",
       "cloudflare.com cloudflare-dns.com cloudflare-gateway.com cloudflare-eth.com workers.dev "
       "pages.dev one.one.one.one",
       "cloudflare"},
  };
  return table;
}

}  // namespace holdfast::audit
