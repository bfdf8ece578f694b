//! `pushpull plot`: draws the figures of a result folder.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::{Format, PlotArgs, ThemeName};
use super::{Failure, Outcome, screen};
use crate::figure::{FigureKind, KINDS, Refusal, Request, figures};
use crate::folder::aside;
use crate::folder::manifest::MANIFEST;
use crate::folder::pages::is_figure;
use crate::folder::place::FIGURES;
use crate::folder::reader::Reader;
use crate::report::conclusion::Conclusion;
use draw::Theme;
use draw::figure::Figure;
use text::in_file_name;

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unknown(why) | Refusal::Nothing(why) => Self::Usage(why),
            Refusal::Failed(error) => error.into(),
        }
    }
}

/// Draws what `args` asks for.
pub(super) fn main(args: &PlotArgs) -> Outcome {
    if !args.folder.join(MANIFEST).exists() {
        let folder = args.folder.display();
        return Err(Failure::Usage(format!("{folder}: is no result folder, it has no {MANIFEST}")));
    }
    let reader = Reader::open(&args.folder)?;
    let request =
        Request { kinds: args.figure.clone(), measure: args.measure.clone(), point: args.point, telling: None };
    let request = Request { telling: telling(&reader, &request)?, ..request };
    let figures = figures(&reader, &request)?;
    let folder = match &args.out {
        Some(folder) => folder.clone(),
        None => own(&args.folder)?,
    };
    if fs::symlink_metadata(&folder).is_ok() && !folder.is_dir() {
        return Err(Failure::Usage(format!("{}: is no folder; figures go into one", folder.display())));
    }
    let formats = [Format::Svg, Format::Png].into_iter();
    let formats: Vec<Format> = formats.filter(|one| args.format.is_empty() || args.format.contains(one)).collect();
    let files: Vec<(PathBuf, &Figure, Format)> = figures
        .iter()
        .flat_map(|figure| formats.iter().map(move |format| (figure, *format)))
        .map(|(figure, format)| (folder.join(file_name(args, figure, format)), figure, format))
        .collect();
    for (path, ..) in &files {
        super::refuse_foreign(path, is_figure)?;
    }
    fs::create_dir_all(&folder).map_err(crate::folder::Error::at(&folder, "cannot make the folder"))?;
    let mut out = screen::stdout();
    for (path, figure, format) in files {
        write(&path, figure, format, args.theme)?;
        writeln!(out, "{}", path.display())?;
    }
    Ok(())
}

/// The point that the conclusion is about, if a figure asks for it.
fn telling(reader: &Reader, request: &Request) -> Result<Option<usize>, Failure> {
    let is_asked = |kind: &FigureKind| request.kinds.is_empty() || request.kinds.iter().any(|name| name == kind.name);
    let of_a_point = KINDS.iter().any(|kind| kind.of_a_point && is_asked(kind));
    if !of_a_point || request.point.is_some() || reader.points().len() < 2 {
        return Ok(None);
    }
    Ok(Some(Conclusion::of(reader)?.telling()))
}

/// The result folder's own folder for figures. A link is refused: `--out` can name its target.
fn own(results: &Path) -> Result<PathBuf, Failure> {
    let folder = results.join(FIGURES);
    if folder.is_symlink() {
        let folder = folder.display();
        return Err(Failure::Usage(format!("{folder}: is a symbolic link; --out DIR says where figures go")));
    }
    Ok(folder)
}

fn file_name(args: &PlotArgs, figure: &Figure, format: Format) -> String {
    let theme = if args.theme == ThemeName::Dark { "-dark" } else { "" };
    let extension = if format == Format::Svg { "svg" } else { "png" };
    format!("{}{}{theme}.{extension}", args.prefix, in_file_name(&figure.name))
}

fn write(path: &Path, figure: &Figure, format: Format, theme: ThemeName) -> Outcome {
    let theme = match theme {
        ThemeName::Light => Theme::Light,
        ThemeName::Dark => Theme::Dark,
    };
    let bytes = match format {
        Format::Svg => draw::svg(figure, theme).into_bytes(),
        Format::Png => draw::png(figure, theme),
    };
    Ok(aside::write(path, &bytes)?)
}
