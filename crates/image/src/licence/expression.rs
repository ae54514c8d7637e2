//! Reading licence expressions, also loose ones, and writing them canonically.
//!
//! Operators are `AND`, `OR` and `WITH` in any case, `&`, `|`, `/`, `,` and `;`. Between operators may stand several
//! words. `, and` and `, or` bind looser than all others, as Debian's machine-readable copyright format (section 7.2)
//! has it.

use super::names;

/// Deeper nesting is taken as one name.
const MAX_DEPTH: usize = 32;

/// A licence expression.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Licence(String),
    All(Vec<Node>),
    Any(Vec<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    And,
    Or,
    With,
    Comma,
    Open,
    Close,
}

/// The canonical expression of `text`; `None` where no name is in it.
pub(super) fn canonical(text: &str) -> Option<String> {
    // A name may have `or` and `with` in it (`GPL v2 or later`), but not as SPDX writes its operators.
    let has_operators = [" AND ", " OR ", " WITH "].iter().any(|operator| text.contains(operator));
    if let Some(known) = names::identifier(text).filter(|_| !has_operators) {
        return Some(known);
    }
    let tokens = join_or_later(&tokens(text));
    let mut reader = Reader { tokens: &tokens, position: 0 };
    let node = reader.loosest(0)?;
    let mut out = String::new();
    write(&node, false, &mut out);
    Some(out)
}

/// The parts of a canonical expression between operators that are in no parentheses.
pub(super) fn at_top<'a>(text: &'a str, operator: &'a str) -> impl Iterator<Item = &'a str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut depth = 0usize;
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                b'(' => depth += 1,
                b')' => depth = depth.saturating_sub(1),
                b' ' if depth == 0 && text.get(at..).is_some_and(|behind| behind.starts_with(operator)) => {
                    rest = text.get(at + operator.len()..);
                    return text.get(..at);
                }
                _ => {}
            }
        }
        rest.take()
    })
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut word_start = None;
    for (at, c) in text.char_indices().chain(std::iter::once((text.len(), ' '))) {
        let single = match c {
            '(' => Some(Token::Open),
            ')' => Some(Token::Close),
            ',' | ';' => Some(Token::Comma),
            '/' | '|' => Some(Token::Or),
            '&' => Some(Token::And),
            _ => None,
        };
        if single.is_none() && !c.is_whitespace() {
            word_start.get_or_insert(at);
            continue;
        }
        if let Some(word) = word_start.take().and_then(|start: usize| text.get(start..at)) {
            tokens.push(word_token(word));
        }
        tokens.extend(single);
    }
    tokens
}

fn word_token(word: &str) -> Token<'_> {
    match word {
        w if w.eq_ignore_ascii_case("and") => Token::And,
        w if w.eq_ignore_ascii_case("or") => Token::Or,
        w if w.eq_ignore_ascii_case("with") => Token::With,
        w => Token::Word(w),
    }
}

/// `or later` belongs to the name before it, and a comma before `version` is no operator.
fn join_or_later<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut joined: Vec<Token<'a>> = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1);
        let later = |token: Option<&Token<'_>>| {
            matches!(token, Some(Token::Word(w)) if ["later", "newer", "any", "higher", "greater", "above"]
                .iter().any(|word| w.trim_end_matches('.').eq_ignore_ascii_case(word)))
        };
        let version = |token: Option<&Token<'_>>| {
            matches!(token, Some(Token::Word(w)) if w.eq_ignore_ascii_case("version")
                || w.trim_start_matches(['v', 'V']).starts_with(|c: char| c.is_ascii_digit()) && w.len() <= 6)
        };
        match token {
            Token::Or if later(next) => joined.push(Token::Word("or")),
            Token::And if later(next) => joined.push(Token::Word("or")),
            Token::Comma if version(next) => {}
            other => joined.push(*other),
        }
    }
    joined
}

struct Reader<'a> {
    tokens: &'a [Token<'a>],
    position: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self, ahead: usize) -> Option<Token<'a>> {
        self.tokens.get(self.position + ahead).copied()
    }

    /// Parts between `, and` or `, or`.
    fn loosest(&mut self, depth: usize) -> Option<Node> {
        let mut node = self.any(depth);
        loop {
            let (skip, or) = match (self.peek(0), self.peek(1)) {
                (Some(Token::Comma), Some(Token::And)) => (2, false),
                (Some(Token::Comma), Some(Token::Or)) => (2, true),
                (Some(Token::Close), _) if depth == 0 => (1, false),
                (Some(Token::Close) | None, _) => return node,
                _ => (0, false),
            };
            self.position += skip;
            let before = self.position;
            node = join(or, node, self.any(depth));
            if skip == 0 && self.position == before {
                self.position += 1;
            }
        }
    }

    fn any(&mut self, depth: usize) -> Option<Node> {
        let mut node = self.all(depth);
        while let Some(Token::Or) = self.peek(0) {
            self.position += 1;
            node = join(true, node, self.all(depth));
        }
        node
    }

    fn all(&mut self, depth: usize) -> Option<Node> {
        let mut node = self.term(depth);
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some(Token::Comma), Some(Token::And | Token::Or)) => return node,
                (Some(Token::And | Token::Comma), _) => self.position += 1,
                _ => return node,
            }
            node = join(false, node, self.term(depth));
        }
    }

    fn term(&mut self, depth: usize) -> Option<Node> {
        if self.peek(0) == Some(Token::Open) && depth < MAX_DEPTH {
            self.position += 1;
            let node = self.loosest(depth + 1);
            if self.peek(0) == Some(Token::Close) {
                self.position += 1;
            }
            return node;
        }
        let name = self.words();
        if self.peek(0) != Some(Token::With) {
            return leaf(&name);
        }
        self.position += 1;
        let addition = self.words();
        with(&name, &addition)
    }

    /// The words up to the next operator; parentheses right behind a word belong to the name.
    fn words(&mut self) -> Vec<&'a str> {
        let mut words = Vec::new();
        let mut open = 0usize;
        while let Some(token) = self.peek(0) {
            match token {
                Token::Word(word) => words.push(word),
                Token::Open if !words.is_empty() || open > 0 => open += 1,
                Token::Close if open > 0 => open -= 1,
                Token::And | Token::Or | Token::Comma | Token::With if open > 0 => {}
                _ => break,
            }
            self.position += 1;
        }
        words
    }
}

/// Both nodes, or the one that is there. Operands of the same operator become siblings.
fn join(or: bool, left: Option<Node>, right: Option<Node>) -> Option<Node> {
    let (left, right) = match (left, right) {
        (Some(left), Some(right)) => (left, right),
        (one, other) => return one.or(other),
    };
    let mut parts = Vec::new();
    for node in [left, right] {
        match node {
            Node::Any(inner) if or => parts.extend(inner),
            Node::All(inner) if !or => parts.extend(inner),
            other => parts.push(other),
        }
    }
    let mut unique: Vec<Node> = Vec::with_capacity(parts.len());
    for part in parts {
        if !unique.contains(&part) {
            unique.push(part);
        }
    }
    match (unique.len(), or) {
        (1, _) => unique.pop(),
        (_, true) => Some(Node::Any(unique)),
        (_, false) => Some(Node::All(unique)),
    }
}

/// A name: known as a whole, known word by word, or unknown.
fn leaf(words: &[&str]) -> Option<Node> {
    let text = words.join(" ");
    if let Some(known) = names::identifier(&text) {
        return known_node(&known);
    }
    let single: Option<Vec<String>> = words.iter().map(|word| names::identifier(word)).collect();
    match single {
        Some(known) if words.len() > 1 => {
            known.iter().fold(None, |node, known| join(false, node, known_node(known)))
        }
        _ => names::reference(&text).map(Node::Licence),
    }
}

/// What a known name means; some names (`perl`) mean a choice of licences.
fn known_node(known: &str) -> Option<Node> {
    at_top(known, " OR ").fold(None, |node, part| join(true, node, Some(Node::Licence(part.to_owned()))))
}

/// A licence with an exception; a pair that SPDX has no identifiers for is one unknown name.
fn with(name: &[&str], addition: &[&str]) -> Option<Node> {
    if name.is_empty() {
        return leaf(addition);
    }
    let (name, addition) = (name.join(" "), addition.join(" "));
    if let Some(known) = names::identifier(&format!("{name} with {addition}")) {
        return known_node(&known);
    }
    let known = names::identifier(&name).filter(|id| !id.contains(' '));
    match (known, names::exception(&addition)) {
        (Some(licence), Some(exception)) => Some(Node::Licence(format!("{licence} WITH {exception}"))),
        _ => names::reference(&format!("{name} with {addition}")).map(Node::Licence),
    }
}

fn write(node: &Node, inside_all: bool, out: &mut String) {
    let (parts, operator) = match node {
        Node::Licence(name) => return out.push_str(name),
        Node::All(parts) => (parts, " AND "),
        Node::Any(parts) => (parts, " OR "),
    };
    let brackets = inside_all && matches!(node, Node::Any(_));
    if brackets {
        out.push('(');
    }
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            out.push_str(operator);
        }
        write(part, matches!(node, Node::All(_)), out);
    }
    if brackets {
        out.push(')');
    }
}
