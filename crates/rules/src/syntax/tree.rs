//! The tree of a condition.

/// A condition or a part of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// Where it begins, in bytes of the condition.
    pub at: usize,
    /// What it is.
    pub kind: Kind,
}

/// The kinds of parts.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// All of them.
    And(Vec<Expr>),
    /// One of them.
    Or(Vec<Expr>),
    /// Not this.
    Not(Box<Expr>),
    /// The condition of a macro.
    Macro(String),
    /// One comparison.
    Check(Check),
}

/// A comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// What is compared.
    pub left: Operand,
    /// How.
    pub operator: Operator,
    /// How many values of the list must fit.
    pub modifier: Option<Modifier>,
    /// With what.
    pub right: Right,
}

/// A side of a comparison that is computed from the event.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A field.
    Field {
        /// The name with its dots.
        name: String,
        /// What stands in brackets.
        bracket: Option<String>,
        /// Where.
        at: usize,
    },
    /// A transformer with its arguments.
    Transformed {
        /// Which.
        transformer: Transformer,
        /// Its arguments, at least one.
        arguments: Vec<Operand>,
        /// What stands in brackets behind it (`getopt` alone).
        selector: Option<String>,
        /// Where.
        at: usize,
    },
    /// A text among the arguments of a transformer.
    Text(Literal),
    /// A list of texts among the arguments of a transformer.
    List {
        /// The texts.
        items: Vec<Literal>,
        /// Where.
        at: usize,
    },
}

impl Operand {
    /// Where it begins.
    pub fn at(&self) -> usize {
        match self {
            Operand::Field { at, .. } | Operand::Transformed { at, .. } | Operand::List { at, .. } => *at,
            Operand::Text(literal) => literal.at,
        }
    }
}

/// The right side.
#[derive(Debug, Clone, PartialEq)]
pub enum Right {
    /// `exists` has none.
    None,
    /// One text or number.
    One(Literal),
    /// A list in parentheses.
    List(Vec<Literal>),
    /// A name without parentheses after `in`: a list's.
    Name(Literal),
    /// Computed from the event.
    Operand(Operand),
}

/// A text as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// Without quotes.
    pub text: String,
    /// It stood in quotes, and so is no list's name.
    pub quoted: bool,
    /// Where.
    pub at: usize,
}

macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$meta:meta])* $variant:ident $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$meta])* $variant,)+
        }

        impl $name {
            /// All of them, with their words.
            pub const ALL: &[($name, &str)] = &[$(($name::$variant, $word),)+];

            /// The word in conditions.
            pub fn word(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)+
                }
            }

            /// What a word stands for.
            pub fn parse(word: &str) -> Option<$name> {
                Self::ALL.iter().find(|(_, known)| *known == word).map(|(known, _)| *known)
            }
        }
    };
}

words! {
    /// How two sides are compared.
    Operator {
        /// There is a value.
        Exists "exists",
        /// Equal.
        Equal "=",
        /// A value, and not an equal one.
        NotEqual "!=",
        /// Less.
        Less "<",
        /// Less or equal.
        LessEqual "<=",
        /// Greater.
        Greater ">",
        /// Greater or equal.
        GreaterEqual ">=",
        /// The text is in it.
        Contains "contains",
        /// The text is in it, in whatever case of ASCII letters.
        IContains "icontains",
        /// The bytes are in it; written in hexadecimal.
        BContains "bcontains",
        /// It begins with the text.
        StartsWith "startswith",
        /// It begins with the bytes; written in hexadecimal.
        BStartsWith "bstartswith",
        /// It ends with the text.
        EndsWith "endswith",
        /// It fits a pattern of the shell.
        Glob "glob",
        /// It fits a pattern of the shell, in whatever case of ASCII letters.
        IGlob "iglob",
        /// The whole of it fits a regular expression.
        Regex "regex",
        /// It is in the list; of a field with several values, all are.
        In "in",
        /// One of its values is in the list.
        Intersects "intersects",
        /// One of the paths is it or a folder above it.
        PMatch "pmatch",
    }
}

impl Operator {
    /// Takes a list on its right.
    pub fn is_for_lists(self) -> bool {
        matches!(self, Operator::In | Operator::Intersects | Operator::PMatch)
    }

    /// Takes a number on its right.
    pub fn is_for_numbers(self) -> bool {
        matches!(self, Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual)
    }
}

words! {
    /// How many values of a list must fit.
    Modifier {
        /// Exactly one.
        OneOf "oneof",
        /// At least one.
        AnyOf "anyof",
        /// Each.
        AllOf "allof",
    }
}

words! {
    /// What is done to a value before it is compared or printed.
    Transformer {
        /// ASCII letters in lower case.
        ToLower "tolower",
        /// ASCII letters in upper case.
        ToUpper "toupper",
        /// Decoded from base 64.
        B64 "b64",
        /// What follows the last slash.
        Basename "basename",
        /// Bytes of a text, values of a list.
        Len "len",
        /// A list's values with a separator between them.
        Join "join",
        /// Texts after one another.
        Concat "concat",
        /// The options of a command line.
        GetOpt "getopt",
        /// The value itself: a field on the right side.
        Val "val",
    }
}
