//! The plan of an experiment: its points, strategies and scenarios, in canonical order.

pub(crate) mod design;
mod expect;
mod group;
mod listing;
pub(crate) mod overrides;
pub(crate) mod points;
pub(crate) mod round;
pub(crate) mod shard;
pub(crate) mod sweep;
pub(crate) mod uncertain;

pub use crate::file::replications::{Replications, WantedPrecision};
pub(crate) use crate::file::section::NO_FAULT;
pub use expect::expectations;
pub use group::Group;
pub use listing::{SettingLine, ValueOrigin, file_text, listing, settings};
pub use overrides::Overrides;
pub use round::PrecisionRound;
pub use shard::Shard;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use toml::{Table, Value};

use self::points::Points;
use self::sweep::{Block, RawBlock, SWEEP, TUNE};
use crate::file::condition::Condition;
use crate::file::data::{DataFile, DataFiles};
use crate::file::files::{read_text, similar};
use crate::file::goal::Goal;
use crate::file::problem::{InputError, InputPlace, Problem};
use crate::file::read::Findings;
use crate::file::rules;
use crate::file::section::uncertain::Uncertain;
use crate::file::section::{ALL_FAULTS, Experiment, Section as _, SectionReader, StrategySection};
use crate::file::tree::{self, At, Places, found, render};
use crate::file::validate::{check_installs, complete, locate};
use crate::file::warnings::warnings;
use crate::measure::{Measure, measures};
use crate::model::{Mechanism, Scenario};

/// The largest experiment file, bytes.
pub(crate) const FILE_BYTES_MAX: u64 = 1 << 20;

/// A valid experiment.
///
/// Canonical order of runs: point, then strategy, then replication.
pub struct Plan {
    /// Name of the experiment; also of its default result folder.
    pub name: String,
    /// The question that the experiment answers.
    pub description: String,
    /// The seed.
    pub seed: u64,
    /// Replications of each point and strategy.
    pub replications: Replications,
    /// The round of a wanted precision that is to be run; none: all runs.
    pub round: Option<PrecisionRound>,
    /// Confidence level of every interval, in (0, 1).
    pub confidence: f64,
    /// Index in `strategies` of the baseline.
    pub baseline: usize,
    /// Swept keys, as named in the file, in file order.
    pub keys: Vec<String>,
    /// For each point, the value of each swept key, as text (`0.01`, `20ms`).
    pub points: Vec<Vec<String>>,
    /// Keys and points of `[[sweep]]` crossed with `[[tune]]`; none: there is no `[[tune]]`.
    candidates: Option<(Vec<String>, Vec<Vec<String>>)>,
    /// Names of the strategies that are run, in file order.
    pub strategies: Vec<String>,
    /// The experiment with every default written out, `--set` and `--vary` applied.
    pub resolved: Table,
    /// BLAKE3 of the canonical text of `resolved` and of the data files, 64 hex digits.
    pub digest: String,
    /// The data files of the experiment, with their text.
    pub data: Vec<DataFile>,
    /// Settings that were given but have no effect; empty for a plan that was rebuilt.
    pub warnings: Vec<Problem>,
    places: Places,
    tree: Table,
    /// The parsed `tree`. Points share the parts that are not swept.
    experiment: Experiment,
    blocks: Vec<Block>,
    numbers: Points,
    files: DataFiles,
    pub(crate) uncertain: Uncertain,
}

impl Plan {
    /// Reads an experiment file and its data files.
    ///
    /// # Errors
    /// All errors in them and in `overrides`, at once.
    pub fn read(file: &Path, overrides: &Overrides) -> Result<Self, InputError> {
        let name = file.display().to_string();
        let text = read_text(file, FILE_BYTES_MAX).map_err(|why| {
            let hint = similar(file).map_or(String::new(), |similar| format!("; did you mean {similar}?"));
            InputError::one(InputPlace::File(name.as_str().into()), format!("the experiment file {why}{hint}"))
        })?;
        let mut plan = Self::from_written(tree::parse(&name, &text), DataFiles::beside(file), overrides)?;
        let (keys, _) = plan.candidates();
        plan.warnings = warnings(&plan.experiment, &plan.tree, keys, &plan.places, &plan.files);
        Ok(plan)
    }

    /// The names of the strategies that a file has, whatever else is wrong with it; none if it cannot be read.
    pub(crate) fn strategy_names(file: &Path) -> Vec<String> {
        let text = read_text(file, FILE_BYTES_MAX).unwrap_or_default();
        let table = tree::parse("", &text).table;
        let strategies = table.get("strategies").and_then(Value::as_table);
        strategies.into_iter().flatten().map(|(name, _)| name.clone()).collect()
    }

    /// Whether the experiment has a strategy of this name, run or not.
    pub(crate) fn has_strategy(&self, name: &str) -> bool {
        self.resolved.get("strategies").and_then(Value::as_table).is_some_and(|all| all.contains_key(name))
    }

    /// Reads an experiment from its text and the data files that are held with it. `name` stands for the file in messages.
    ///
    /// # Errors
    /// As [`Plan::read`].
    pub fn from_text(name: &str, text: &str, data: &[DataFile], overrides: &Overrides) -> Result<Self, InputError> {
        let mut plan = Self::from_written(tree::parse(name, text), DataFiles::kept(data), overrides)?;
        plan.warnings = warnings(&plan.experiment, &plan.tree, &plan.keys, &plan.places, &plan.files);
        Ok(plan)
    }

    /// Rebuilds a plan from [`Plan::resolved`] and [`Plan::data`], without reading a file.
    ///
    /// # Errors
    /// The problems, if the values do not come from a plan of this version.
    pub fn from_table(resolved: &Table, data: &[DataFile]) -> Result<Self, InputError> {
        let mut places = Places::new("manifest.json");
        for key in resolved.keys() {
            places.replace(key, &resolved[key], &InputPlace::File("manifest.json".into()));
        }
        let written = tree::Written { table: resolved.clone(), places, problems: Vec::new() };
        Self::from_written(written, DataFiles::kept(data), &Overrides::default())
    }

    fn from_written(written: tree::Written, files: DataFiles, overrides: &Overrides) -> Result<Self, InputError> {
        let tree::Written { mut table, mut places, problems: mut syntax } = written;
        let mut problems = Vec::new();
        let mut findings = Findings::default();
        let mut raw = sweep::take(SWEEP, &mut table, &mut findings);
        raw.extend(sweep::take(TUNE, &mut table, &mut findings));
        overrides::apply(overrides, &mut table, &mut raw, &mut places, &files, &mut problems);
        each_fault_alone(&mut table, &mut raw, &mut places);
        settle_baseline(&mut table);
        check_installs(&table, &mut findings);
        let tree = complete(&table, &mut findings);
        let mut reader = SectionReader { whole: &tree, data: &files, out: &mut findings };
        let mut experiment = Experiment::read(&At::ROOT, &tree, &mut reader);
        rules::check_fixed(&experiment, &tree, &mut findings);
        // The plan has it, so that no copy of the experiment carries it along.
        let uncertain = experiment.uncertain.take().flatten().unwrap_or_default();
        problems.extend(findings.list.into_iter().map(|finding| finding.at(&places)));
        let broken = !problems.is_empty() || !syntax.is_empty();
        let all: Vec<&RawBlock> = raw.iter().collect();
        let swept: Vec<&RawBlock> = all.iter().copied().filter(|block| block.list == SWEEP).collect();
        let points = |raw: &[&RawBlock], problems: &mut Vec<Problem>| {
            let before = problems.len();
            let blocks = sweep::expand(raw, &tree, &places, &files, experiment.seed.unwrap_or(0), problems);
            let conditions = conditions(raw, &tree, &places, problems);
            // An invalid sweep makes no points; the experiment without the sweep is checked all the same.
            let sound = problems.len() == before;
            let (used, conditions) = if sound { (&blocks[..], &conditions[..]) } else { (&[][..], &[][..]) };
            let broken = broken || !sound;
            let numbers = points::choose(&tree, &experiment, broken, used, conditions, &places, &files, problems);
            numbers.map(|numbers| CrossedBlocks { blocks, numbers })
        };
        let crossed = points(&swept, &mut problems);
        // What is wrong with a sweep is said once.
        let tuned = if crossed.is_some() && swept.len() < all.len() { points(&all, &mut problems) } else { None };
        if crossed.is_some() && !broken {
            let mut at_ends = Vec::new();
            uncertain::check_ends(&uncertain, &tree, &experiment, &places, &files, &mut at_ends);
            for problem in at_ends {
                // What is wrong at every point is said once.
                if !problems.iter().any(|known| points::is_alike(known, &problem)) {
                    problems.push(problem);
                }
            }
        }
        match crossed {
            Some(crossed) if problems.is_empty() && syntax.is_empty() => {
                let plan = Self::assemble(tree, experiment, &raw, crossed, tuned.as_ref(), places, files, uncertain);
                Ok(plan.expect("what an experiment lacks has been reported"))
            }
            _ => {
                problems.retain(|problem| !is_echo(problem, &syntax));
                syntax.append(&mut problems);
                Err(InputError::new(syntax))
            }
        }
    }

    /// Assembles a plan from valid parts; none if a key is wrong.
    #[expect(clippy::too_many_arguments, reason = "the parts of a plan")]
    fn assemble(
        tree: Table,
        experiment: Experiment,
        raw: &[RawBlock],
        crossed: CrossedBlocks,
        tuned: Option<&CrossedBlocks>,
        places: Places,
        files: DataFiles,
        uncertain: Uncertain,
    ) -> Option<Self> {
        let only = experiment.only.clone();
        let is_run = |name: &String| only.iter().flatten().all(|only| only.contains(name));
        let names = experiment.strategies.iter().map(|(name, _)| name);
        let strategies: Vec<String> = names.filter(|name| is_run(name)).cloned().collect();
        let named = experiment.baseline.iter().flatten().next();
        let baseline = strategies.iter().position(|name| Some(name) == named).unwrap_or(0);
        let (keys, points) = (crossed.keys(), crossed.points());
        let candidates = tuned.map(|tuned| (tuned.keys(), tuned.points()));
        let mut resolved = tree.clone();
        settle_persists(&mut resolved, &tuned.unwrap_or(&crossed).blocks);
        for list in [SWEEP, TUNE] {
            let blocks: Vec<Value> = raw.iter().filter(|block| block.list == list).map(RawBlock::to_value).collect();
            if !blocks.is_empty() {
                resolved.insert(list.to_owned(), Value::Array(blocks));
            }
        }
        let CrossedBlocks { blocks, numbers } = crossed;
        let data = files.all();
        let digest = digest(&resolved, &data);
        Some(Self {
            name: experiment.name.clone()?,
            description: experiment.description.clone()?,
            seed: experiment.seed?,
            replications: experiment.replications()?,
            round: None,
            confidence: experiment.confidence?,
            baseline,
            keys,
            points,
            candidates,
            strategies,
            resolved,
            digest,
            data,
            warnings: Vec::new(),
            places,
            tree,
            experiment,
            blocks,
            numbers,
            files,
            uncertain,
        })
    }

    /// The scenario of a run of `strategies[strategy]` at `points[point]`.
    ///
    /// # Panics
    /// If there is no such point or strategy.
    #[must_use]
    pub fn scenario(&self, point: usize, strategy: usize) -> Scenario {
        let name = &self.strategies[strategy];
        let mut experiment = self.experiment.alone(name);
        let columns = self.blocks.iter().flat_map(|block| &block.columns);
        let swept: BTreeSet<&str> = columns.filter_map(|column| column.path.split('.').next()).collect();
        let mut tree: Table = swept.into_iter().map(|key| (key.to_owned(), self.tree[key].clone())).collect();
        points::put(&mut tree, &self.blocks, &self.numbers.rows(point));
        let mut reader = SectionReader { whole: &tree, data: &self.files, out: &mut Findings::default() };
        points::renew(&mut experiment, &tree, &self.blocks, &mut reader);
        experiment.scenario(name).expect("each point was checked when the plan was made")
    }

    /// The scenario of a run of `strategies[strategy]` at `points[point]` with these keys set, as by `--set`.
    ///
    /// # Errors
    /// The problems of the changed experiment.
    ///
    /// # Panics
    /// If there is no such point or strategy.
    pub fn changed(&self, point: usize, strategy: usize, set: &[String]) -> Result<Scenario, InputError> {
        let mut table = self.tree.clone();
        points::put(&mut table, &self.blocks, &self.numbers.rows(point));
        let written = tree::Written { table, places: Places::new(&self.name), problems: Vec::new() };
        let overrides = Overrides { set: set.to_vec(), ..Overrides::default() };
        let plan = Self::from_written(written, DataFiles::kept(&self.data), &overrides)?;
        let name = &self.strategies[strategy];
        let strategy = plan.strategies.iter().position(|other| other == name).expect("the same strategies");
        Ok(plan.scenario(0, strategy))
    }

    /// The keys by which candidates of `select` differ, and their values: `[[sweep]]` crossed with `[[tune]]`.
    #[must_use]
    pub fn candidates(&self) -> (&[String], &[Vec<String>]) {
        self.candidates.as_ref().map_or((&self.keys, &self.points), |(keys, points)| (keys, points))
    }

    /// Number of groups.
    #[must_use]
    pub const fn groups(&self) -> usize {
        self.points.len() * self.strategies.len()
    }

    /// The replications of a group, by its index, that a shard has; none if they depend on the results.
    #[must_use]
    pub fn dealt(&self, group: usize, shard: Shard) -> Option<Vec<u32>> {
        match (&self.round, &self.replications) {
            (Some(round), _) => Some(round.dealt(group, shard)),
            (None, Replications::Fixed(count)) => {
                Some((0..*count).filter(|&replication| shard.has_run(group, self.groups(), replication)).collect())
            }
            (None, Replications::Precision { .. }) => None,
        }
    }

    /// How the manifest of a shard names its share of the runs: `2/7`, or `2/7 of round 3`.
    #[must_use]
    pub fn share(&self, shard: Shard) -> String {
        let round = self.round.as_ref().map(|round| format!(" of round {}", round.number));
        format!("{shard}{}", round.unwrap_or_default())
    }

    /// Whether each run is repeated with tagged peers, for rare losses.
    #[must_use]
    pub const fn is_rare(&self) -> bool {
        self.experiment.rare.is_some()
    }

    /// The measures of its runs, in the order of their columns.
    #[must_use]
    pub fn measures(&self) -> &'static [Measure] {
        measures(self.is_rare())
    }

    /// The column of `keys` that says which fault happens, and the faults that say how often they come in a month, by name;
    /// none unless the sweep runs each alone.
    #[must_use]
    pub fn monthly_faults(&self) -> Option<(usize, Vec<(String, f64)>)> {
        let column = self.keys.iter().position(|key| key == "fault")?;
        let faults = self.experiment.faults.iter().flatten();
        let named = faults.filter_map(|fault| Some((fault.called()?.to_owned(), fault.per_month??)));
        let named: Vec<(String, f64)> = named.collect();
        (!named.is_empty()).then_some((column, named))
    }

    /// The value at a dotted path of the experiment; none if there is no such key.
    #[must_use]
    pub fn setting(&self, path: &str) -> Option<String> {
        let mut steps = path.split('.');
        let first = self.resolved.get(steps.next()?)?;
        steps.try_fold(first, |value, step| value.get(step)).map(render)
    }

    /// The goals, in the order of the file.
    #[must_use]
    pub fn goals(&self) -> &[Goal] {
        self.experiment.goal.as_ref().and_then(Option::as_deref).unwrap_or_default()
    }

    /// Whether the value at a dotted path was given by the file or the command line. False for a default.
    #[must_use]
    pub fn given(&self, path: &str) -> bool {
        self.places.given(path)
    }
}

/// Sweeps the faults that say how often they come in a month, none and each of them alone, unless the file says which
/// happen.
fn each_fault_alone(table: &mut Table, raw: &mut Vec<RawBlock>, places: &mut Places) {
    const KEY: &str = "fault";
    let faults = table.get("faults").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table);
    let monthly = faults.filter(|fault| fault.contains_key("per_month"));
    let name = |fault: &Table| fault.get("name").or_else(|| fault.get("target")).cloned();
    let names: Vec<Value> = monthly.filter_map(name).collect();
    if names.is_empty() || table.contains_key(KEY) || raw.iter().any(|block| block.sweeps(KEY)) {
        return;
    }
    let place = places.key("faults");
    let values = Value::Array(std::iter::once(Value::String(NO_FAULT.to_owned())).chain(names).collect());
    let path = format!("sweep.{}", raw.iter().map(|block| block.index + 1).max().unwrap_or(0));
    places.replace(&path, &values, &place);
    raw.push(RawBlock::of_one_key(&path, KEY, values));
    table.insert(KEY.to_owned(), Value::String(ALL_FAULTS.to_owned()));
}

/// Blocks with their values, and the points that they make.
struct CrossedBlocks {
    blocks: Vec<Block>,
    numbers: Points,
}

impl CrossedBlocks {
    fn keys(&self) -> Vec<String> {
        self.blocks.iter().flat_map(|block| &block.columns).map(|column| column.path.clone()).collect()
    }

    fn points(&self) -> Vec<Vec<String>> {
        (0..self.numbers.len()).map(|point| labels(&self.blocks, &self.numbers.rows(point))).collect()
    }
}

/// Sets the baseline to the first strategy, unless another strategy of the run is named.
fn settle_baseline(table: &mut Table) {
    let Some(strategies) = table.get("strategies").and_then(Value::as_table) else { return };
    let only = table.get("only").and_then(Value::as_array);
    let run = |name: &str| only.is_none_or(|only| only.iter().any(|entry| entry.as_str() == Some(name)));
    let first = strategies.keys().find(|name| run(name)).cloned();
    let keep = table.get("baseline").is_some_and(|value| {
        // An unknown name is reported, not replaced.
        value.as_str().is_none_or(|name| run(name) || !strategies.contains_key(name))
    });
    if let (Some(first), false) = (first, keep) {
        table.insert("baseline".to_owned(), Value::String(first));
    }
}

/// Writes out whether each strategy's table survives a restart, unless a sweep decides it.
fn settle_persists(resolved: &mut Table, blocks: &[Block]) {
    let columns: Vec<&str> = blocks.iter().flat_map(|block| &block.columns).map(|c| c.path.as_str()).collect();
    let strategies = resolved.get_mut("strategies").and_then(Value::as_table_mut);
    for (name, strategy) in strategies.into_iter().flatten() {
        let Some(strategy) = strategy.as_table_mut().filter(|strategy| !strategy.contains_key("persists")) else {
            continue;
        };
        let has = |mechanism: Mechanism| strategy.contains_key(mechanism.word());
        let decides = |mechanism: Mechanism| {
            !has(mechanism) && columns.contains(&format!("strategies.{name}.{}", mechanism.word()).as_str())
        };
        if !StrategySection::has_persisting(decides) {
            let persists = StrategySection::has_persisting(has);
            strategy.insert("persists".to_owned(), Value::Boolean(persists));
        }
    }
}

/// The text of each swept value at a point.
fn labels(blocks: &[Block], rows: &[usize]) -> Vec<String> {
    let values = blocks.iter().zip(rows).flat_map(|(block, row)| &block.rows[*row]);
    values.map(|value| value.as_str().map_or_else(|| render(value), str::to_owned)).collect()
}

/// The conditions of all blocks, with their places.
fn conditions(
    raw: &[&RawBlock],
    tree: &Table,
    places: &Places,
    problems: &mut Vec<Problem>,
) -> Vec<(Condition, InputPlace)> {
    let mut conditions = Vec::new();
    for block in raw {
        let Some(value) = block.condition() else { continue };
        let place = places.value(&format!("{}.{}.where", block.list, block.index));
        let read = match value.as_str() {
            Some(text) => Condition::parse(text),
            None => Err(format!("found {}, accepted: a condition such as \"bus.loss <= 0.1\"", found(value))),
        };
        let read = read.and_then(|condition| {
            condition.keys().into_iter().try_for_each(|key| locate(tree, key).map(drop))?;
            Ok(condition)
        });
        match read {
            Ok(condition) => conditions.push((condition, place)),
            Err(text) => problems.push(Problem { place, key: "where".to_owned(), text }),
        }
    }
    conditions
}

/// Whether a problem may only be a consequence of lines that are not TOML: the problem has such a line, or no line.
fn is_echo(problem: &Problem, syntax: &[Problem]) -> bool {
    let line = |place: &InputPlace| match place {
        InputPlace::At(_, line, _) => Some(*line),
        InputPlace::File(_) | InputPlace::Argument(_) => None,
    };
    let here = line(&problem.place);
    syntax
        .iter()
        .any(|broken| matches!(problem.place, InputPlace::File(_)) || here.is_some() && line(&broken.place) == here)
}

/// BLAKE3 of one line per key of the resolved experiment, `uncertain` apart, and one per data file.
fn digest(resolved: &Table, data: &[DataFile]) -> String {
    let mut text = String::from("pushpull experiment 1\n");
    // What is uncertain changes no run.
    for (key, value) in resolved.iter().filter(|(key, _)| *key != "uncertain") {
        let _ = writeln!(text, "{key} = {}", render(value));
    }
    for file in data {
        let _ = writeln!(text, "file {} {}", file.name, file.digest);
    }
    blake3::hash(text.as_bytes()).to_hex().to_string()
}
