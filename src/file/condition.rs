//! `where`: a condition on the points of a sweep, such as `"bus.loss <= 0.1 * path.loss and gateways.count > 10"`.
//!
//! Comparisons, arithmetic, `and`, `or`, `not` and parentheses over keys of the experiment, swept or not. Durations
//! count in seconds, rates per second, `"never"` is infinite; `"20ms"` may stand without quotes.

use toml::{Table, Value};

use super::quantity::{parse_duration, parse_rate};
use super::read::{NEVER, number};
use super::tree::{found, get};

/// The longest condition, bytes, and the deepest nesting.
const LENGTH_MAX: usize = 2_000;
const DEPTH_MAX: usize = 50;

/// A condition that has been read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition(Node);

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Constant(Term),
    Key(String),
    Not(Box<Node>),
    Negative(Box<Node>),
    Pair(Operator, Box<Node>, Box<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Or,
    And,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    Unequal,
    Plus,
    Minus,
    Times,
    Over,
}

/// What a part of a condition is worth.
#[derive(Debug, Clone, PartialEq)]
enum Term {
    Truth(bool),
    Number(f64),
    Text(String),
}

/// Operators, the longer of two with a common start first, with their precedence.
const OPERATORS: [(&str, Operator, u8); 12] = [
    ("or", Operator::Or, 1),
    ("and", Operator::And, 2),
    ("<=", Operator::LessOrEqual, 3),
    (">=", Operator::GreaterOrEqual, 3),
    ("==", Operator::Equal, 3),
    ("!=", Operator::Unequal, 3),
    ("<", Operator::Less, 3),
    (">", Operator::Greater, 3),
    ("+", Operator::Plus, 4),
    ("-", Operator::Minus, 4),
    ("*", Operator::Times, 5),
    ("/", Operator::Over, 5),
];

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// What is wrong and where.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LENGTH_MAX {
            return Err(format!("found {} characters, accepted: at most {LENGTH_MAX}", text.len()));
        }
        let mut parser = Parser { text, position: 0, depth: 0 };
        let node = parser.pair(1)?;
        parser.space();
        if parser.position < text.len() {
            return Err(parser.expected("an operator such as <= or and"));
        }
        Ok(Self(node))
    }

    /// The keys that it names.
    pub(crate) fn keys(&self) -> Vec<&str> {
        fn collect<'a>(node: &'a Node, keys: &mut Vec<&'a str>) {
            match node {
                Node::Constant(_) => {}
                Node::Key(key) => keys.push(key),
                Node::Not(inner) | Node::Negative(inner) => collect(inner, keys),
                Node::Pair(_, left, right) => {
                    collect(left, keys);
                    collect(right, keys);
                }
            }
        }
        let mut keys = Vec::new();
        collect(&self.0, &mut keys);
        keys
    }

    /// Whether it holds in a complete experiment.
    ///
    /// # Errors
    /// If its parts do not fit together, such as a number and a word.
    pub(crate) fn holds(&self, tree: &Table) -> Result<bool, String> {
        match evaluate(&self.0, tree)? {
            Term::Truth(truth) => Ok(truth),
            other => Err(format!("it is {}, accepted: a comparison such as bus.loss <= 0.1", other.describe())),
        }
    }
}

impl Term {
    fn describe(&self) -> String {
        match self {
            Self::Truth(truth) => truth.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => format!("{text:?}"),
        }
    }
}

/// What a key is worth in a condition.
fn worth(key: &str, tree: &Table) -> Result<Term, String> {
    let value = get(tree, key).ok_or_else(|| format!("there is no key {key} at this point"))?;
    if let Some(number) = number(value) {
        return Ok(Term::Number(number));
    }
    match value {
        Value::Boolean(truth) => Ok(Term::Truth(*truth)),
        Value::String(text) => Ok(text_worth(text)),
        _ => Err(format!("{key} is {}, accepted: a key with one number, duration, rate or word", found(value))),
    }
}

fn text_worth(text: &str) -> Term {
    if text == NEVER {
        return Term::Number(f64::INFINITY);
    }
    if let Ok(duration) = parse_duration(text) {
        return Term::Number(duration.as_secs_f64());
    }
    parse_rate(text).map_or_else(|_| Term::Text(text.to_owned()), Term::Number)
}

fn evaluate(node: &Node, tree: &Table) -> Result<Term, String> {
    Ok(match node {
        Node::Constant(term) => term.clone(),
        Node::Key(key) => worth(key, tree)?,
        Node::Not(inner) => Term::Truth(!truth(inner, tree)?),
        Node::Negative(inner) => match evaluate(inner, tree)? {
            Term::Number(number) => Term::Number(-number),
            other => return Err(format!("- {}: accepted: a number", other.describe())),
        },
        Node::Pair(Operator::And, left, right) => Term::Truth(truth(left, tree)? && truth(right, tree)?),
        Node::Pair(Operator::Or, left, right) => Term::Truth(truth(left, tree)? || truth(right, tree)?),
        Node::Pair(operator, left, right) => apply(*operator, &evaluate(left, tree)?, &evaluate(right, tree)?)?,
    })
}

fn truth(node: &Node, tree: &Table) -> Result<bool, String> {
    match evaluate(node, tree)? {
        Term::Truth(truth) => Ok(truth),
        other => Err(format!("found {} between and, or, not; accepted: a comparison", other.describe())),
    }
}

fn apply(operator: Operator, left: &Term, right: &Term) -> Result<Term, String> {
    use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, Minus, Over, Plus, Times, Unequal};
    match (left, operator, right) {
        (Term::Number(a), Less, Term::Number(b)) => Ok(Term::Truth(a < b)),
        (Term::Number(a), LessOrEqual, Term::Number(b)) => Ok(Term::Truth(a <= b)),
        (Term::Number(a), Greater, Term::Number(b)) => Ok(Term::Truth(a > b)),
        (Term::Number(a), GreaterOrEqual, Term::Number(b)) => Ok(Term::Truth(a >= b)),
        (Term::Number(a), Plus, Term::Number(b)) => Ok(Term::Number(a + b)),
        (Term::Number(a), Minus, Term::Number(b)) => Ok(Term::Number(a - b)),
        (Term::Number(a), Times, Term::Number(b)) => Ok(Term::Number(a * b)),
        (Term::Number(a), Over, Term::Number(b)) => Ok(Term::Number(a / b)),
        (Term::Number(_), Equal | Unequal, Term::Number(_))
        | (Term::Text(_), Equal | Unequal, Term::Text(_))
        | (Term::Truth(_), Equal | Unequal, Term::Truth(_)) => Ok(Term::Truth((left == right) == (operator == Equal))),
        _ => Err(format!("{} and {} cannot be combined so", left.describe(), right.describe())),
    }
}

/// Reads a condition from left to right, by precedence.
struct Parser<'a> {
    text: &'a str,
    position: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    fn space(&mut self) {
        self.position = self.text.len() - self.rest().trim_start().len();
    }

    fn expected(&self, what: &str) -> String {
        let rest = self.rest();
        if rest.is_empty() {
            return format!("it ends where {what} is expected");
        }
        let found: String = rest.chars().take(20).collect();
        format!("found {found:?} after {:?}, accepted: {what}", &self.text[..self.position])
    }

    /// A sequence of operators of at least this precedence.
    fn pair(&mut self, least: u8) -> Result<Node, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("it nests deeper than {DEPTH_MAX}"));
        }
        let mut left = self.single()?;
        while let Some((operator, precedence)) = self.operator().filter(|(_, precedence)| *precedence >= least) {
            self.space();
            let (text, _, _) = OPERATORS.iter().find(|(_, other, _)| *other == operator).unwrap_or(&OPERATORS[0]);
            self.position += text.len();
            let right = self.pair(precedence + 1)?;
            left = Node::Pair(operator, Box::new(left), Box::new(right));
        }
        self.depth -= 1;
        Ok(left)
    }

    /// The operator that comes next.
    fn operator(&mut self) -> Option<(Operator, u8)> {
        self.space();
        let rest = self.rest();
        OPERATORS
            .iter()
            .find(|(text, _, _)| {
                let after = rest.strip_prefix(text);
                let word = text.starts_with(char::is_alphabetic);
                after.is_some_and(|after| !word || !after.starts_with(is_part_of_key))
            })
            .map(|(_, operator, precedence)| (*operator, *precedence))
    }

    fn single(&mut self) -> Result<Node, String> {
        self.space();
        let rest = self.rest();
        let expected = "a key, a number, a duration or a parenthesis";
        let first = rest.chars().next().ok_or_else(|| self.expected(expected))?;
        match first {
            '(' => {
                self.position += 1;
                let inner = self.pair(1)?;
                self.space();
                if !self.rest().starts_with(')') {
                    return Err(self.expected("a closing parenthesis"));
                }
                self.position += 1;
                Ok(inner)
            }
            '-' => {
                self.position += 1;
                Ok(Node::Negative(Box::new(self.pair(6)?)))
            }
            '"' | '\'' => {
                let end = rest[1..].find(first).ok_or_else(|| self.expected("a closing quote"))?;
                self.position += end + 2;
                Ok(Node::Constant(text_worth(&rest[1..=end])))
            }
            c if c.is_ascii_digit() || c == '.' => {
                let length = number_length(rest);
                let word = &rest[..length];
                let term = word.parse().map(Term::Number).ok().or_else(|| match text_worth(word) {
                    Term::Text(_) => None,
                    term => Some(term),
                });
                let term = term.ok_or_else(|| self.expected("a number or a duration"))?;
                self.position += length;
                Ok(Node::Constant(term))
            }
            c if is_part_of_key(c) => {
                let word = &rest[..rest.find(|c| !is_part_of_key(c)).unwrap_or(rest.len())];
                self.position += word.len();
                Ok(match word {
                    "not" => Node::Not(Box::new(self.pair(3)?)),
                    "true" => Node::Constant(Term::Truth(true)),
                    "false" => Node::Constant(Term::Truth(false)),
                    NEVER => Node::Constant(Term::Number(f64::INFINITY)),
                    key => Node::Key(key.to_owned()),
                })
            }
            _ => Err(self.expected(expected)),
        }
    }
}

/// A key may hold a dash (`strategies.push-ack.push.timeout`), so a minus sign after one needs a space.
fn is_part_of_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

/// The length of a number or duration: digits, letters and points, and a sign after an exponent.
fn number_length(text: &str) -> usize {
    let mut before = ' ';
    text.char_indices()
        .find(|(index, c)| {
            let sign = matches!(c, '+' | '-') && matches!(before, 'e' | 'E') && *index > 1;
            before = *c;
            !(c.is_ascii_alphanumeric() || *c == '.' || *c == 'µ' || sign)
        })
        .map_or(text.len(), |(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Table {
        "[bus]\nloss = 0.1\ndelay = '40ms'\nburst = 'never'\n[path]\nloss = 0.02\ndelay = { exponential = '1s' }\n\
         [gateways]\ncount = 30\n[strategies.push-ack.push]\ntransport = 'core'\nrate = '300/min'"
            .parse()
            .unwrap()
    }

    #[test]
    fn conditions_hold_as_they_read() {
        for (text, holds) in [
            ("bus.loss <= 5 * path.loss", true),
            ("bus.loss<5*path.loss", false),
            ("bus.delay == 40ms and gateways.count >= 30", true),
            ("bus.delay > 1m or not gateways.count == 30", false),
            ("bus.burst > 36500d", true),
            ("strategies.push-ack.push.transport == \"core\"", true),
            ("strategies.push-ack.push.rate == '5/s'", true),
            ("gateways.count - 10 == 20", true),
            ("-gateways.count < -1e+1", true),
            ("2 + 3 * 4 - 1 == 13", true),
            ("8 / 4 / 2 == 1", true),
            ("(2 + 3) * 4 == 20", true),
            ("true and not (1 > 2)", true),
            ("1 > 2 or 2 > 1 and 3 > 2", true),
            ("path.delay.exponential == 1s", true),
        ] {
            assert_eq!(Condition::parse(text).and_then(|c| c.holds(&tree())), Ok(holds), "{text}");
        }
    }

    #[test]
    fn a_condition_that_makes_no_sense_says_why() {
        for (text, why) in [
            ("bus.loss", "it is 0.1, accepted: a comparison such as bus.loss <= 0.1"),
            ("bus.loss <", "it ends where a key, a number, a duration or a parenthesis is expected"),
            ("bus.loss = 0.1", "found \"= 0.1\" after \"bus.loss \", accepted: an operator such as <= or and"),
            ("(bus.loss < 1", "it ends where a closing parenthesis is expected"),
            ("bus.los < 1", "there is no key bus.los at this point"),
            (
                "path.delay < 1s",
                "path.delay is { exponential = \"1s\" }, accepted: a key with one number, duration, rate or word",
            ),
            ("bus.loss < 'x'", "0.1 and \"x\" cannot be combined so"),
            ("bus.loss < 5q", "found \"5q\" after \"bus.loss < \", accepted: a number or a duration"),
            ("1 and true", "found 1 between and, or, not; accepted: a comparison"),
        ] {
            assert_eq!(Condition::parse(text).and_then(|c| c.holds(&tree())), Err(why.to_owned()), "{text}");
        }
        assert!(Condition::parse(&"(".repeat(1000)).unwrap_err().contains("nests deeper"));
    }

    #[test]
    fn keys_are_named_once_per_mention() {
        assert_eq!(Condition::parse("a.b < c.d + 1 or not a.b > 2").unwrap().keys(), ["a.b", "c.d", "a.b"]);
    }
}
