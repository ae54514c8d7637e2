//! Texts of a rule as values of a field's type.

use super::flaw::Flaw;
use crate::catalogue::Type;
use crate::limits::Limits;
use crate::program::{
    Glob, Networks, NumberTest, Paths, Predicate, TextMap, TextTest, orders, parse_network,
};
use crate::syntax::{Modifier, Operator};
use memchr::memmem::Finder;
use regex::bytes::RegexBuilder;

/// What a comparison with constants is made of.
pub(crate) struct Constants<'c> {
    pub(crate) kind: Type,
    pub(crate) operator: Operator,
    pub(crate) modifier: Option<Modifier>,
    pub(crate) values: &'c [Box<[u8]>],
    /// Where errors are.
    pub(crate) at: usize,
}

impl Constants<'_> {
    /// The comparison.
    pub(crate) fn predicate(&self, limits: &Limits) -> Result<Predicate, Flaw> {
        if self.operator == Operator::Exists {
            return Ok(Predicate::Exists);
        }
        match self.kind {
            Type::Text | Type::Bytes => self.text(limits).map(Predicate::Text),
            Type::Int | Type::Uint | Type::Port | Type::Duration | Type::Time => {
                self.number(|text| number(text, self.kind)).map(Predicate::Number)
            }
            Type::Flag => self.flag(),
            Type::Double => self.double(),
            Type::Address | Type::Network => self.addresses(),
            Type::Dynamic => {
                let number = self.number(|text| number(text, Type::Int)).ok();
                Ok(Predicate::Dynamic(Box::new(self.text(limits)?), number))
            }
        }
    }

    fn wrong_operator(&self) -> Flaw {
        let (word, kind) = (self.operator.word(), self.kind.name());
        Flaw::new(
            self.at,
            format!("'{word}' does not compare values of type {kind}"),
            format!("“{word}”不能比较 {kind} 类型的值"),
        )
    }

    fn wrong_value(&self, value: &[u8], en: &str, zh: &str) -> Flaw {
        let value = String::from_utf8_lossy(value);
        Flaw::new(self.at, format!("'{value}' is no {en}"), format!("“{value}”不是{zh}"))
    }

    fn first(&self) -> &[u8] {
        self.values.first().map_or(&[], |value| value)
    }

    fn many<T>(&self, make: impl Fn(&[u8]) -> Result<T, Flaw>) -> Result<Box<[T]>, Flaw> {
        self.values.iter().map(|value| make(value)).collect()
    }

    /// The whole comparison of texts.
    pub(crate) fn text(&self, limits: &Limits) -> Result<TextTest, Flaw> {
        let for_bytes = matches!(self.operator, Operator::BContains | Operator::BStartsWith);
        let for_texts = matches!(
            self.operator,
            Operator::IContains | Operator::Glob | Operator::IGlob | Operator::Regex | Operator::PMatch
        ) || self.operator.is_for_numbers();
        if (for_bytes && self.kind == Type::Text) || (for_texts && self.kind == Type::Bytes) {
            return Err(self.wrong_operator());
        }
        if let Some(modifier) = self.modifier {
            // Of many equal texts one set is made.
            return match (self.operator, modifier) {
                (Operator::Equal, Modifier::AnyOf) => Ok(self.set()),
                _ => self.many(|value| self.single(value, limits)).map(|all| TextTest::Many(modifier, all)),
            };
        }
        match self.operator {
            Operator::In | Operator::Intersects => Ok(self.set()),
            Operator::PMatch => Ok(TextTest::Paths(Paths::new(self.values.iter().map(AsRef::as_ref)))),
            _ => self.single(self.first(), limits),
        }
    }

    fn set(&self) -> TextTest {
        match self.values {
            [only] => TextTest::Equal(only.clone()),
            all => TextTest::In(TextMap::new(all.iter().map(|value| (value.as_ref(), 0)))),
        }
    }

    fn single(&self, value: &[u8], limits: &Limits) -> Result<TextTest, Flaw> {
        Ok(match self.operator {
            Operator::Equal => TextTest::Equal(value.into()),
            Operator::NotEqual => TextTest::NotEqual(value.into()),
            Operator::Contains => TextTest::Contains(Box::new(Finder::new(value).into_owned())),
            Operator::IContains => TextTest::IContains(value.to_ascii_lowercase().into()),
            Operator::StartsWith => TextTest::StartsWith(value.into()),
            Operator::EndsWith => TextTest::EndsWith(value.into()),
            Operator::BContains => TextTest::Contains(Box::new(Finder::new(&self.hex(value)?).into_owned())),
            Operator::BStartsWith => TextTest::StartsWith(self.hex(value)?.into()),
            Operator::Glob | Operator::IGlob => {
                let glob = Glob::new(value, self.operator == Operator::IGlob);
                TextTest::Glob(glob.map_err(|text| Flaw { text, ..Flaw::new(self.at, "", "") })?)
            }
            Operator::Regex => self.regex(value, limits)?,
            operator => {
                TextTest::Ordered(value.into(), orders(operator).ok_or_else(|| self.wrong_operator())?)
            }
        })
    }

    /// Bytes written in hexadecimal.
    fn hex(&self, value: &[u8]) -> Result<Vec<u8>, Flaw> {
        let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let pairs = value.chunks(2).map(|pair| match pair {
            [high, low] => Some(digit(high)? << 4 | digit(low)?),
            _ => None,
        });
        pairs.collect::<Option<Vec<u8>>>().ok_or_else(|| {
            self.wrong_value(
                value,
                "row of bytes in hexadecimal, such as 7f454c46",
                "十六进制字节序列，例如 7f454c46",
            )
        })
    }

    fn regex(&self, value: &[u8], limits: &Limits) -> Result<TextTest, Flaw> {
        let not_one = || self.wrong_value(value, "regular expression", "正则表达式");
        let pattern = std::str::from_utf8(value).map_err(|_| not_one())?;
        let whole = format!("^(?:{pattern})$");
        let regex = RegexBuilder::new(&whole).size_limit(limits.regex_bytes).nest_limit(100).build();
        regex.map(|regex| TextTest::Regex(Box::new(regex))).map_err(|error| {
            let reason = match error {
                regex::Error::CompiledTooBig(_) => "; it is too large".to_owned(),
                other => {
                    other.to_string().lines().last().map_or_else(String::new, |line| format!("; {line}"))
                }
            };
            let flaw = not_one();
            Flaw::new(self.at, format!("{}{reason}", flaw.text.en), flaw.text.zh)
        })
    }

    fn number(&self, parse: impl Fn(&str) -> Option<i128>) -> Result<NumberTest, Flaw> {
        let read = |value: &[u8]| {
            let number = std::str::from_utf8(value).ok().and_then(&parse);
            number.ok_or_else(|| match self.kind {
                Type::Port => self.wrong_value(value, "port", "端口"),
                _ => self.wrong_value(value, &format!("number of type {}", self.kind.name()), "该类型的数字"),
            })
        };
        if let Some(modifier) = self.modifier {
            let orders = orders(self.operator).ok_or_else(|| self.wrong_operator())?;
            let tests = self.many(|value| read(value).map(|number| NumberTest::Ordered(orders, number)))?;
            return Ok(NumberTest::Many(modifier, tests));
        }
        if matches!(self.operator, Operator::In | Operator::Intersects) {
            let mut numbers = self.many(read)?;
            numbers.sort_unstable();
            return Ok(NumberTest::In(numbers));
        }
        let orders = orders(self.operator).ok_or_else(|| self.wrong_operator())?;
        read(self.first()).map(|number| NumberTest::Ordered(orders, number))
    }

    fn flag(&self) -> Result<Predicate, Flaw> {
        let read = |value: &[u8]| match value {
            b"true" | b"1" => Ok(1),
            b"false" | b"0" => Ok(0),
            _ => Err(self.wrong_value(value, "'true' or 'false'", " true 或 false")),
        };
        if self.operator.is_for_numbers() {
            return Err(self.wrong_operator());
        }
        if self.modifier.is_none()
            && let Some([order, rest @ ..]) = orders(self.operator)
        {
            let value = read(self.first())? == 1;
            return Ok(Predicate::Flag(value == (rest.is_empty() && order.is_eq())));
        }
        self.number(|text| read(text.as_bytes()).ok()).map(Predicate::Number)
    }

    fn double(&self) -> Result<Predicate, Flaw> {
        let orders =
            orders(self.operator).filter(|_| self.modifier.is_none()).ok_or_else(|| self.wrong_operator())?;
        let number = std::str::from_utf8(self.first()).ok().and_then(|text| text.parse::<f64>().ok());
        let number = number.ok_or_else(|| self.wrong_value(self.first(), "number", "数字"))?;
        Ok(Predicate::Double(orders.into(), number))
    }

    fn addresses(&self) -> Result<Predicate, Flaw> {
        let is_net = self.kind == Type::Network;
        let read = |value: &[u8]| {
            let network = std::str::from_utf8(value).ok().and_then(parse_network);
            let whole =
                network.filter(|(address, bits)| is_net || *bits == if address.is_ipv4() { 32 } else { 128 });
            whole.ok_or_else(|| {
                if is_net {
                    self.wrong_value(value, "network, such as 10.0.0.0/8", "网络，例如 10.0.0.0/8")
                } else {
                    self.wrong_value(value, "IP address", " IP 地址")
                }
            })
        };
        let inside = match (self.operator, self.modifier) {
            (Operator::Equal | Operator::In | Operator::Intersects, None | Some(Modifier::AnyOf)) => true,
            (Operator::NotEqual, None | Some(Modifier::AllOf)) => false,
            _ => return Err(self.wrong_operator()),
        };
        Ok(Predicate::Address(Networks::new(&self.many(read)?), inside))
    }
}

/// Reads a number of a type: decimal, or hexadecimal behind `0x`; for ports also a service's name.
fn number(text: &str, kind: Type) -> Option<i128> {
    let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => i128::from_str_radix(digits, 16).ok()?,
        None => match text.parse::<i128>() {
            Ok(number) => number,
            Err(_) if kind == Type::Port => service(text)?.into(),
            // Numbers may be written with a fraction or an exponent, as long as they are whole.
            Err(_) => {
                let number = text
                    .parse::<f64>()
                    .ok()
                    .filter(|n| n.is_finite() && n.fract() == 0.0 && n.abs() < 1e18)?;
                number as i128
            }
        },
    };
    let fits = match kind {
        Type::Port => (0..=65535).contains(&number),
        Type::Uint | Type::Duration | Type::Time => (0..=i128::from(u64::MAX)).contains(&number),
        _ => (i128::from(i64::MIN)..=i128::from(i64::MAX)).contains(&number),
    };
    fits.then_some(number)
}

/// Ports of the services that rules name (RFC 6335).
fn service(name: &str) -> Option<u16> {
    const SERVICES: &[(&str, u16)] = &[
        ("domain", 53),
        ("ftp", 21),
        ("http", 80),
        ("http-alt", 8080),
        ("https", 443),
        ("imap", 143),
        ("imaps", 993),
        ("irc", 194),
        ("kerberos", 88),
        ("ldap", 389),
        ("ldaps", 636),
        ("mysql", 3306),
        ("nfs", 2049),
        ("ntp", 123),
        ("pop3", 110),
        ("pop3s", 995),
        ("postgresql", 5432),
        ("smtp", 25),
        ("snmp", 161),
        ("ssh", 22),
        ("submission", 587),
        ("syslog", 514),
        ("telnet", 23),
        ("tftp", 69),
    ];
    SERVICES.iter().find(|(known, _)| *known == name).map(|(_, port)| *port)
}
