//! The `WWW-Authenticate` header (RFC 9110, sections 11.3, 11.6.1), as registries send it.

/// Longest header value that is read, in bytes.
const MAX_LENGTH: usize = 16 << 10;
/// Most challenges and most parameters in one header.
const MAX_COUNT: usize = 32;

/// One challenge: how a server wants to be convinced.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Challenge {
    /// The scheme in lower case, such as `bearer`.
    pub scheme: String,
    /// Parameters in their order; names in lower case, values unquoted.
    pub parameters: Vec<(String, String)>,
}

impl Challenge {
    /// The value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Reads one header value, which may hold several challenges. What cannot be understood is left out.
pub fn parse(value: &str) -> Vec<Challenge> {
    let mut cursor = Cursor { bytes: value.as_bytes().get(..MAX_LENGTH).unwrap_or(value.as_bytes()), at: 0 };
    let mut challenges: Vec<Challenge> = Vec::new();
    loop {
        cursor.skip(|b| b == b',' || b.is_ascii_whitespace());
        let token = cursor.token();
        if token.is_empty() {
            if cursor.next().is_none() {
                return challenges;
            }
            continue;
        }
        cursor.skip(|b| matches!(b, b' ' | b'\t'));
        if cursor.peek() == Some(b'=') {
            cursor.next();
            cursor.skip(|b| matches!(b, b' ' | b'\t'));
            let value = cursor.value();
            if let Some(challenge) = challenges.last_mut()
                && challenge.parameters.len() < MAX_COUNT
            {
                challenge.parameters.push((token.to_ascii_lowercase(), value));
            }
        } else if challenges.len() < MAX_COUNT {
            challenges.push(Challenge { scheme: token.to_ascii_lowercase(), parameters: Vec::new() });
        }
    }
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn skip(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&wanted) {
            self.at += 1;
        }
    }

    fn token(&mut self) -> String {
        self.take(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
    }

    fn take(&mut self, wanted: impl Fn(u8) -> bool) -> String {
        let start = self.at;
        self.skip(wanted);
        String::from_utf8_lossy(self.bytes.get(start..self.at).unwrap_or_default()).into_owned()
    }

    /// A quoted string, or whatever stands until the next comma: some registries do not quote addresses.
    fn value(&mut self) -> String {
        if self.peek() != Some(b'"') {
            return self.take(|b| b != b',' && !b.is_ascii_whitespace());
        }
        self.next();
        let mut value = Vec::new();
        while let Some(byte) = self.next() {
            match byte {
                b'"' => break,
                b'\\' => value.extend(self.next()),
                other => value.push(other),
            }
        }
        String::from_utf8_lossy(&value).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_challenge_has_its_parameters() {
        let header = r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push""#;
        let challenges = parse(header);
        assert_eq!(challenges.len(), 1);
        assert_eq!(challenges[0].scheme, "bearer");
        assert_eq!(challenges[0].parameter("realm"), Some("https://auth.docker.io/token"));
        assert_eq!(challenges[0].parameter("service"), Some("registry.docker.io"));
        assert_eq!(challenges[0].parameter("scope"), Some("repository:a/b:pull,push"));
    }

    #[test]
    fn several_challenges_and_loose_spellings_are_read() {
        let both = parse(r#"Basic realm="x, \"y\"" , BEARER Realm=https://t/x?a=b, Service = "s""#);
        assert_eq!(both.len(), 2);
        assert_eq!(both[0].parameter("realm"), Some("x, \"y\""));
        assert_eq!(both[1].scheme, "bearer");
        assert_eq!(both[1].parameter("realm"), Some("https://t/x?a=b"));
        assert_eq!(both[1].parameter("service"), Some("s"));
        assert_eq!(parse("Basic").len(), 1);
        assert_eq!(
            parse("Negotiate dG9rZW4=, Basic realm=x").last().map(|c| c.scheme.as_str()),
            Some("basic")
        );
    }

    #[test]
    fn damaged_headers_end() {
        let header = r#"Bearer realm="https://a",service="s",scope="repository:a:pull""#;
        for end in 0..header.len() {
            parse(header.get(..end).unwrap_or_default());
        }
        for text in ["", ",,,,", "=", "\"", "Bearer realm=\"", "Bearer realm=\"\\", "a=b", "\u{1}\u{2}é"] {
            parse(text);
        }
        assert!(parse(&"a,".repeat(10_000)).len() <= MAX_COUNT);
    }
}
