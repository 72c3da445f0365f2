//! Which addresses belong to the public Internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks of IPv4 that nobody outside answers from: those of the IANA IPv4 Special-Purpose Address Registry (RFC 6890)
/// that are not globally reachable, multicast, and one more.
const INSIDE_V4: [(Ipv4Addr, u32); 17] = [
    // this network, RFC 791; 0.0.0.0 is this host
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    // private use, RFC 1918
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // shared address space of carriers, RFC 6598; metadata of Aliyun's machines (100.100.100.200)
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    // loopback, RFC 1122
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // link local, RFC 3927; metadata of most clouds' machines (169.254.169.254)
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // protocol assignments, RFC 6890
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    // documentation, RFC 5737
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // relays of 6to4, RFC 7526: leads to whatever IPv6 address is inside
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    // benchmarks, RFC 2544
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    // multicast, RFC 5771
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    // reserved, RFC 1112, with the limited broadcast, RFC 8190
    (Ipv4Addr::new(240, 0, 0, 0), 4),
    // looks public, and is the host of Azure's machines
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    // AS112 answers for names of the inside, RFC 7534
    (Ipv4Addr::new(192, 31, 196, 0), 24),
];

/// All that is assigned to anybody (RFC 4291). Outside it lie `::`, `::1`, IPv4 mapped, translated and compatible, NAT64
/// (64:ff9b::/96, 64:ff9b:1::/48), discard (100::/64), SRv6 (5f00::/16), unique local, link local, site local and multicast.
const GLOBAL_UNICAST: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What within it is not the public Internet, by the IANA IPv6 Special-Purpose Address Registry.
const INSIDE_V6: [(Ipv6Addr, u32); 5] = [
    // protocol assignments, RFC 2928: Teredo (which holds any IPv4 address), benchmarks, ORCHID, documentation of HIP
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    // documentation, RFC 3849 and RFC 9637
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    // 6to4, RFC 3056: holds any IPv4 address
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    // the former test network 6bone, RFC 3701
    (Ipv6Addr::new(0x3ffe, 0, 0, 0, 0, 0, 0, 0), 16),
];

/// Whether `address` is one that a stranger on the Internet may own. Everything else is of the inside: this machine, its
/// network, the cloud around it, or an address that stands for such a one.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !INSIDE_V4.iter().any(|network| holds_v4(*network, address)),
        IpAddr::V6(address) => {
            holds_v6(GLOBAL_UNICAST, address) && !INSIDE_V6.iter().any(|network| holds_v6(*network, address))
        }
    }
}

fn holds_v4((network, bits): (Ipv4Addr, u32), address: Ipv4Addr) -> bool {
    let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
    address.to_bits() & mask == network.to_bits()
}

fn holds_v6((network, bits): (Ipv6Addr, u32), address: Ipv6Addr) -> bool {
    let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
    address.to_bits() & mask == network.to_bits()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn public(text: &str) -> bool {
        is_public(text.parse().expect(text))
    }

    #[test]
    fn the_first_and_the_last_of_each_network_are_inside_and_their_neighbours_are_not() {
        for (first, last, before, after) in [
            ("10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
            ("100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"),
            ("127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"),
            ("169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"),
            ("172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"),
            ("192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"),
            ("192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"),
            ("192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"),
            ("198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"),
            ("198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"),
            ("203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"),
            ("168.63.129.16", "168.63.129.16", "168.63.129.15", "168.63.129.17"),
            ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7::1", "2001:db9::"),
            ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:ffff::1", "2003::"),
            ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffd::1", "3fff:1000::"),
        ] {
            assert!(!public(first) && !public(last), "{first} to {last}");
            assert!(public(before) && public(after), "{before} and {after}");
        }
        for inside in ["0.0.0.0", "0.255.255.255", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"] {
            assert!(!public(inside), "{inside}");
        }
        assert!(public("1.0.0.0") && public("223.255.255.255"));
    }

    #[test]
    fn every_ipv6_address_that_stands_for_another_or_for_nobody_is_inside() {
        for inside in [
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "100::1",
            "100:0:0:1::1",
            "2001::1",
            "2001:0:7f00:1::",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "3ffe::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "1fff:ffff::1",
            "4000::1",
        ] {
            assert!(!public(inside), "{inside}");
        }
        for outside in ["2400:3200::1", "2606:4700::1111", "240e::1", "2001:4860:4860::8888", "2a00::1"] {
            assert!(public(outside), "{outside}");
        }
    }

    proptest! {
        #[test]
        fn no_ipv6_address_that_holds_an_ipv4_address_in_a_known_way_is_public(bits: u32) {
            let [high, low] = [(bits >> 16) as u16, bits as u16];
            for address in [
                Ipv4Addr::from_bits(bits).to_ipv6_mapped(),
                Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
                Ipv6Addr::new(0x2001, 0, high, low, 0, 0, 0, 0),
            ] {
                prop_assert!(!is_public(address.into()), "{address}");
            }
        }

        #[test]
        fn what_the_standard_library_calls_local_is_never_public(bits: u32, wide: u128) {
            let (v4, v6) = (Ipv4Addr::from_bits(bits), Ipv6Addr::from_bits(wide));
            let local = v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_multicast()
                || v4.is_broadcast() || v4.is_documentation() || v4.is_unspecified();
            prop_assert!(!(local && is_public(v4.into())), "{v4}");
            let local = v6.is_loopback() || v6.is_multicast() || v6.is_unspecified() || v6.is_unique_local()
                || v6.is_unicast_link_local();
            prop_assert!(!(local && is_public(v6.into())), "{v6}");
        }
    }
}
