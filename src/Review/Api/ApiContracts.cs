using Tda.Review.Attribution;

namespace Tda.Review.Api;

/// <summary>Who asks, and what they may do.</summary>
/// <param name="Name">The name that stands on decisions.</param>
/// <param name="Role">Their role.</param>
/// <param name="FormToken">What a session's requests that change something must carry as <c>X-Form-Token</c>; empty for a program.</param>
public sealed record ApiUser(string Name, ReviewRole Role, string FormToken);

/// <summary>A queue.</summary>
/// <param name="Name">Its name in addresses.</param>
/// <param name="Title">Its name for people.</param>
/// <param name="Meaning">What is in it.</param>
/// <param name="Waiting">How many exchanges wait for the one who asks; counted up to 10,001.</param>
public sealed record ApiQueue(string Name, string Title, string Meaning, long Waiting);

/// <summary>A page of a listing.</summary>
/// <param name="Items">What is on it.</param>
/// <param name="Next">What <c>after</c> must be for the next page; null on the last.</param>
public sealed record ApiPage<T>(IReadOnlyList<T> Items, string? Next = null);

/// <summary>An exchange with where its review stands.</summary>
public sealed record ApiExchange
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>When it started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The kind of call.</summary>
    public required string Route { get; init; }

    /// <summary>How it ended.</summary>
    public required string State { get; init; }

    /// <summary>The model.</summary>
    public string? Model { get; init; }

    /// <summary>The prompt; in listings its beginning.</summary>
    public string? Prompt { get; init; }

    /// <summary>The answer; in listings its beginning.</summary>
    public string? Response { get; init; }

    /// <summary>The messages; null in listings, and of completions.</summary>
    public IReadOnlyList<ChatMessage>? Messages { get; init; }

    /// <summary>Labels and ratings; null in listings.</summary>
    public IReadOnlyList<Feedback>? Feedback { get; init; }

    /// <summary>Where its review stands; null where nobody has decided.</summary>
    public ReviewState? Review { get; init; }

    /// <summary>Its decisions, oldest first; null in listings.</summary>
    public IReadOnlyList<ReviewDecision>? Decisions { get; init; }

    /// <summary>Who has it; null: nobody.</summary>
    public ReviewLock? Lock { get; init; }
}

/// <summary>The documents behind an answer, by one run.</summary>
/// <param name="Run">The run.</param>
/// <param name="Method">Its method.</param>
/// <param name="Query">What it explains: the exchange's id, or the set that the exchange is in.</param>
/// <param name="N">Training rows: score / N is what the method predicts in nats, uncalibrated.</param>
/// <param name="Documents">The strongest proponents, best first.</param>
/// <param name="Runs">All runs that explain it.</param>
/// <param name="Corpus">The corpus that was scored.</param>
/// <param name="Fidelity">How well the surrogate predicts the answer; null where it wasn't measured.</param>
public sealed record ApiAttribution(
    string Run, string Method, string Query, long N, IReadOnlyList<ApiInfluence> Documents, IReadOnlyList<string> Runs, string? Corpus = null,
    AnswerFidelity? Fidelity = null);

/// <summary>A document behind an answer.</summary>
/// <param name="Score">Its place, score, share and interval.</param>
/// <param name="MaskedTokens">Tokens that the run's mask suppresses.</param>
/// <param name="License">Its licence, where known.</param>
/// <param name="Owner">Its owner, where known.</param>
/// <param name="VerbatimMatch">The longest run of words in common with the answer; a match is no cause.</param>
/// <param name="Review">Where its review stands; null where nobody has decided.</param>
public sealed record ApiInfluence(
    DocumentScore Score, int MaskedTokens, string? License = null, string? Owner = null, string? VerbatimMatch = null, ReviewState? Review = null);

/// <summary>What to decide: the same as the form on an exchange's page.</summary>
public sealed record ApiDecisionRequest
{
    /// <summary>Chosen by the client, 8 to 64 letters and digits: the same act sent twice decides once.</summary>
    public required string Act { get; init; }

    /// <summary>What to do.</summary>
    public required ReviewVerdict Verdict { get; init; }

    /// <summary>The exchange; null: documents alone.</summary>
    public string? Exchange { get; init; }

    /// <summary>The documents' corpus; null: that of <see cref="Run"/>.</summary>
    public string? Corpus { get; init; }

    /// <summary>The run that was looked at, from which masks come.</summary>
    public string? Run { get; init; }

    /// <summary>Ids of the documents.</summary>
    public IReadOnlyList<string> Documents { get; init; } = [];

    /// <summary>Whether near-duplicates follow.</summary>
    public bool Twins { get; init; }

    /// <summary>The weight, for down-weighting.</summary>
    public double? Weight { get; init; }

    /// <summary>A reason's code.</summary>
    public string? Reason { get; init; }

    /// <summary>Free text.</summary>
    public string? Note { get; init; }

    /// <summary>The newest decision that was seen of the exchange, and of documents by id; 0: none. What is left out isn't checked.</summary>
    public IReadOnlyDictionary<string, long> Seen { get; init; } = new Dictionary<string, long>();

    /// <summary>Whether only to say what it would change.</summary>
    public bool Preview { get; init; }
}

/// <summary>What was decided, or would be.</summary>
/// <param name="Decisions">The decisions with their numbers; empty of a preview.</param>
/// <param name="Preview">What it changes; null where no document is decided on, or it was decided.</param>
public sealed record ApiDecided(IReadOnlyList<ReviewDecision> Decisions, Deciding.DecisionPreview? Preview = null);

/// <summary>A document with where its review stands.</summary>
/// <param name="Document">The document.</param>
/// <param name="Decisions">Its decisions, oldest first.</param>
/// <param name="Review">Where its review stands; null where nobody has decided.</param>
public sealed record ApiDocument(Document Document, IReadOnlyList<ReviewDecision> Decisions, ReviewState? Review = null);

/// <summary>A run.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Method">Its method.</param>
/// <param name="Queries">Answers and sets that it explains.</param>
/// <param name="ChangedAt">When it was written.</param>
/// <param name="Corpus">The corpus that it scored.</param>
public sealed record ApiRun(string Id, string Method, int Queries, DateTimeOffset ChangedAt, string? Corpus = null);

/// <summary>Every source's share of the positive influence on every class of answers.</summary>
/// <param name="Run">The run.</param>
/// <param name="Classes">The classes.</param>
/// <param name="Sources">The sources; their shares are in the order of the classes.</param>
public sealed record ApiSources(string Run, IReadOnlyList<string> Classes, IReadOnlyList<SourceRow> Sources);
