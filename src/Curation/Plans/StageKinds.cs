using Tda.Curation.Decontamination;
using Tda.Curation.Deduplication;
using Tda.Curation.Filters;
using Tda.Curation.Influence;
using Tda.Curation.Languages;
using Tda.Curation.Selection;
using Tda.Labels.Encoders;

namespace Tda.Curation.Plans;

/// <summary>A kind of stage, as plans name it.</summary>
/// <param name="Name">The name in a plan, in snake case.</param>
/// <param name="Summary">What it does, in one line.</param>
/// <param name="Options">Its options in one line, with defaults, such as <c>min_words 5, max_words 100000</c>.</param>
/// <param name="Make">Reads the options and makes the stage. Option errors go into the options, and it doesn't throw for them.</param>
public sealed record StageKind(string Name, string Summary, string Options, Func<StageOptions, StageServices, ICurationStage> Make);

/// <summary>What stages need that this project can't make: it never loads LibTorch, and knows no home.</summary>
public sealed record StageServices
{
    /// <summary>The home that names of runs, corpora and classifiers are looked up in; null where there is none.</summary>
    public TdaHome? Home { get; init; }

    /// <summary>Opens what tells how near texts are in meaning; asked for when it is first needed, as it takes half a second and 91 MB.</summary>
    public Func<ITextEncoder> Encoder { get; init; } = () => SentenceEncoder.Shared;

    /// <summary>Directory of the corpus that is curated; null where it isn't known.</summary>
    public string? Corpus { get; init; }

    /// <summary>Opens a surrogate of the home by its name, to tell how likely texts are; null where no tensors can be loaded. Throws <see cref="BadInputException"/> where there is none.</summary>
    public Func<string, ITextPerplexity>? OpenSurrogate { get; init; }
}

/// <summary>The kinds of stages that a plan may name. Adding one is a line here.</summary>
public static class StageKinds
{
    /// <summary>All of them, in the order in which a curation usually has them.</summary>
    public static IReadOnlyList<StageKind> All { get; } =
    [
        NameListFilter.Sources,
        NameListFilter.Licence,
        LengthFilter.Kind,
        LanguageFilter.Kind,
        GopherQualityFilter.Kind,
        GopherRepetitionFilter.Kind,
        C4Filter.Kind,
        FineWebFilter.Kind,
        PatternFilter.Kind,
        PersonalDataFilter.Kind,
        ExactDuplicates.Kind,
        MinHashDuplicates.Kind,
        RepeatedSpans.Kind,
        NearMeanings.Kind,
        Decontaminator.Kind,
        LabelFilter.Kind,
        PerplexityFilter.Kind,
        DsirStage.Kind,
        SelectStage.Kind,
        InfluenceStage.Kind,
    ];

    /// <summary>The kind of this name; null where there is none.</summary>
    public static StageKind? Find(string name) => All.FirstOrDefault(kind => kind.Name == name);
}
