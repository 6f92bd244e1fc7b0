using Tda.Review.Accounts;
using Tda.Review.Agreement;
using Tda.Review.Attribution;
using Tda.Review.Deciding;
using Tda.Review.Queues;

namespace Tda.Review.Pages;

/// <summary>What every page shows around its own.</summary>
/// <param name="User">Who looks.</param>
/// <param name="Health">How the log does.</param>
public abstract record PageModel(DeskUser User, DeskHealth Health)
{
    /// <summary>What was just done, or went wrong, in a sentence.</summary>
    public string? Notice { get; init; }
}

/// <summary>A page that only says something.</summary>
public sealed record MessageModel(DeskUser User, DeskHealth Health, string Title, string Message, (string Path, string Name)? Link = null) : PageModel(User, Health);

/// <summary>The desk.</summary>
public sealed record DeskHomeModel(
    DeskUser User, DeskHealth Health, IReadOnlyList<(DeskQueue Queue, long Waiting)> Queues, long? Influence, IReadOnlyList<(string Name, string Value)> Progress,
    IReadOnlyList<ReviewDecision> Newest) : PageModel(User, Health);

/// <summary>Exchanges: the whole log by a filter, or a queue.</summary>
public sealed record ExchangeListModel(DeskUser User, DeskHealth Health, ExchangeFilter Filter, IReadOnlyList<ExchangeSummary> Exchanges, long Total) : PageModel(User, Health)
{
    /// <summary>The queue; null: the log.</summary>
    public DeskQueue? Queue { get; init; }

    /// <summary>Prices, where there are some.</summary>
    public PriceList? Prices { get; init; }

    /// <summary>Where each stands, by id.</summary>
    public IReadOnlyDictionary<string, ReviewState> States { get; init; } = new Dictionary<string, ReviewState>();

    /// <summary>Who has it, by id.</summary>
    public IReadOnlyDictionary<string, ReviewLock> Locks { get; init; } = new Dictionary<string, ReviewLock>();

    /// <summary>The next page's address; null on the last.</summary>
    public string? Next { get; init; }
}

/// <summary>An exchange to decide on.</summary>
public sealed record ItemModel(DeskUser User, DeskHealth Health, Exchange Exchange, DecisionDraft Draft) : PageModel(User, Health)
{
    /// <summary>The queue that is worked through; null: none.</summary>
    public DeskQueue? Queue { get; init; }

    /// <summary>How many wait in it.</summary>
    public long Waiting { get; init; }

    /// <summary>The lock in force.</summary>
    public ReviewLock? Lock { get; init; }

    /// <summary>Its decisions, oldest first.</summary>
    public IReadOnlyList<ReviewDecision> History { get; init; } = [];

    /// <summary>Labels and ratings that were given.</summary>
    public IReadOnlyList<Feedback> Feedback { get; init; } = [];

    /// <summary>Exchanges of the same conversation, oldest first; this one among them.</summary>
    public IReadOnlyList<ExchangeSummary> Conversation { get; init; } = [];

    /// <summary>The documents behind it.</summary>
    public required AttributionModel Attribution { get; init; }

    /// <summary>What is wrong with the form that was sent.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];

    /// <summary>What the decision would change.</summary>
    public DecisionPreview? Preview { get; init; }

    /// <summary>The act that was just made here, to be taken back.</summary>
    public string? JustDone { get; init; }

    /// <summary>Another reviewer's lock.</summary>
    public ReviewLock? Held => Lock is { } held && held.Owner != User.Name ? held : null;
}

/// <summary>The documents behind an exchange, by one run.</summary>
/// <param name="Runs">Runs that explain it, newest first.</param>
public sealed record AttributionModel(IReadOnlyList<string> Runs)
{
    /// <summary>The run shown; null: none explains it.</summary>
    public OpenedRun? Run { get; init; }

    /// <summary>Its row.</summary>
    public int Row { get; init; }

    /// <summary>The documents, best first.</summary>
    public IReadOnlyList<AttributedDocument> Documents { get; init; } = [];

    /// <summary>Whether there are more documents than are shown.</summary>
    public bool More { get; init; }

    /// <summary>A run that was asked and abstained.</summary>
    public string? Abstained { get; init; }

    /// <summary>What can't be shown, and why.</summary>
    public string? Fault { get; init; }

    /// <summary>Indexes that could be asked.</summary>
    public IReadOnlyList<string> Indexes { get; init; } = [];

    /// <summary>Whether the desk can ask them itself.</summary>
    public bool CanAsk { get; init; }

    /// <summary>What was asked for and isn't there yet, or failed; null: nothing.</summary>
    public AttributionJob? Job { get; init; }
}

/// <summary>A document behind an answer.</summary>
/// <param name="Score">Its place and score.</param>
/// <param name="Document">The text; null where the corpus isn't at hand.</param>
public sealed record AttributedDocument(DocumentScore Score, Document? Document)
{
    /// <summary>The text around its strongest tokens.</summary>
    public IReadOnlyList<TextMark> Marks { get; init; } = [];

    /// <summary>The longest run of words in common with the answer.</summary>
    public string? Overlap { get; init; }

    /// <summary>Where its review stands.</summary>
    public ReviewState? State { get; init; }

    /// <summary>Tokens that the run's mask suppresses.</summary>
    public int Masked { get; init; }

    /// <summary>Its name for people.</summary>
    public string Name => DocumentName.Shown(Score.Name ?? (Document is null ? null : DocumentName.Of(Document)), Score.Id);
}

/// <summary>A document's page.</summary>
public sealed record DocumentModel(DeskUser User, DeskHealth Health, Corpus Corpus, Document Document, DecisionDraft Draft) : PageModel(User, Health)
{
    /// <summary>The run whose token scores are shown; null: none.</summary>
    public OpenedRun? Run { get; init; }

    /// <summary>Its row.</summary>
    public int Row { get; init; }

    /// <summary>The text, marked.</summary>
    public IReadOnlyList<TextMark> Marks { get; init; } = [];

    /// <summary>Answers that it speaks for, strongest first.</summary>
    public IReadOnlyList<SpokenFor> SpeaksFor { get; init; } = [];

    /// <summary>Its decisions, oldest first.</summary>
    public IReadOnlyList<ReviewDecision> History { get; init; } = [];

    /// <summary>What is wrong with the form that was sent.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];

    /// <summary>What the decision would change.</summary>
    public DecisionPreview? Preview { get; init; }

    /// <summary>The act that was just made here, to be taken back.</summary>
    public string? JustDone { get; init; }
}

/// <summary>What a document speaks for.</summary>
/// <param name="Run">By which run.</param>
/// <param name="Row">Its row.</param>
/// <param name="Query">What is explained: an answer, or a set.</param>
/// <param name="Members">Answers of the set; 0 of a single answer.</param>
/// <param name="Exchange">An exchange to look at; null where the log has none.</param>
/// <param name="Score">How much.</param>
public sealed record SpokenFor(OpenedRun Run, int Row, string Query, int Members, string? Exchange, DocumentScore Score);

/// <summary>Decisions.</summary>
public sealed record HistoryModel(DeskUser User, DeskHealth Health, IReadOnlyList<ReviewDecision> Decisions, string? By, string? Next, ReviewerAgreement? Agreement) : PageModel(User, Health);

/// <summary>An exchange's stored bytes.</summary>
public sealed record RawModel(DeskUser User, DeskHealth Health, Exchange Exchange) : PageModel(User, Health);

/// <summary>Documents of high influence.</summary>
public sealed record InfluenceModel(DeskUser User, DeskHealth Health, OpenedRun Run, int Row, IReadOnlyList<DocumentScore> Documents) : PageModel(User, Health);

/// <summary>The runs of the home.</summary>
public sealed record RunsModel(DeskUser User, DeskHealth Health, IReadOnlyList<ListedRun> Runs) : PageModel(User, Health)
{
    /// <summary>Two runs beside each other; null: none were asked for.</summary>
    public RunComparison? Comparison { get; init; }
}

/// <summary>A run in the list.</summary>
public sealed record ListedRun(string Id, DateTimeOffset Changed, bool HasReport, OpenedRun? Opened, string? Fault);

/// <summary>Sources and classes of answers.</summary>
public sealed record SourcesModel(DeskUser User, DeskHealth Health, IReadOnlyList<string> Runs, SourceMatrix? Matrix, string? Fault) : PageModel(User, Health);

/// <summary>What was used of the closed models.</summary>
public sealed record UsageModel(DeskUser User, DeskHealth Health, int Days, PriceList? Prices, IReadOnlyList<(string Caption, string What, IReadOnlyList<UsageTotal> Rows)> Tables) : PageModel(User, Health);

/// <summary>How to work at the desk.</summary>
public sealed record HelpModel(DeskUser User, DeskHealth Health) : PageModel(User, Health);

/// <summary>The API, an endpoint a row.</summary>
public sealed record ApiModel(DeskUser User, DeskHealth Health, IReadOnlyList<ApiEndpoint> Endpoints) : PageModel(User, Health);

/// <summary>An endpoint of the API.</summary>
public sealed record ApiEndpoint(string Method, string Path, ReviewRole Role, string Summary);
