using Tda.Review.Accounts;
using Tda.Review.Attribution;
using Tda.Review.Rendering;

namespace Tda.Review.Deciding;

/// <summary>Takes decisions, or says what they would change: the one way for pages and API.</summary>
internal sealed class DecisionTaker(DeskRooms rooms)
{
    private DeskSetting Setting => rooms.Setting;

    /// <summary>Takes or previews what a page's form says; what can't be taken comes back with what is wrong, and all that was typed.</summary>
    /// <param name="draft">The form.</param>
    /// <param name="errors">What the page found wrong, beside the form's own errors.</param>
    /// <inheritdoc cref="TakeAsync" path="/param"/>
    public async Task<DecisionOutcome> TryAsync(
        DecisionDraft draft, IEnumerable<string> errors, DeskUser user, Exchange? exchange, string? corpus, (OpenedRun Run, int Row)? run, bool onlyPreview,
        CancellationToken cancellation)
    {
        string[] wrong = [.. draft.Errors(), .. errors];
        if (wrong.Length > 0)
        {
            return new(draft, StatusCodes.Status400BadRequest) { Errors = wrong };
        }

        try
        {
            var (decisions, preview) = await TakeAsync(draft, user, exchange, corpus, run, onlyPreview, cancellation);
            return decisions.Count > 0 ? new(draft, StatusCodes.Status303SeeOther) : new(draft, StatusCodes.Status200OK) { Preview = preview };
        }
        catch (ReviewConflictException conflict)
        {
            return new(await AgainAsync(draft, cancellation), StatusCodes.Status409Conflict) { Errors = [InWords(conflict)] };
        }
        catch (UsageException error)
        {
            return new(draft, StatusCodes.Status409Conflict) { Errors = [error.Message] };
        }
    }

    /// <summary>Takes what a form says, or previews it.</summary>
    /// <param name="draft">The form, without <see cref="DecisionDraft.Errors"/>.</param>
    /// <param name="user">Who decides.</param>
    /// <param name="exchange">The exchange that is decided on; null: documents alone.</param>
    /// <param name="corpus">The documents' corpus.</param>
    /// <param name="run">The run and row that are looked at; null: none.</param>
    /// <param name="onlyPreview">Whether nothing is stored.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>The decisions; of a preview none, and what would change, null where no document is decided on.</returns>
    /// <exception cref="ReviewConflictException">Somebody decided since the page was opened.</exception>
    /// <exception cref="UsageException">A document is gone, can't be masked, or its corpus is too large for twins to follow.</exception>
    public async Task<(IReadOnlyList<ReviewDecision> Decisions, DecisionPreview? Preview)> TakeAsync(
        DecisionDraft draft, DeskUser user, Exchange? exchange, string? corpus, (OpenedRun Run, int Row)? run, bool onlyPreview, CancellationToken cancellation)
    {
        var documents = await DecidedDocuments.ReadAsync(rooms, corpus, draft, cancellation);
        if (onlyPreview)
        {
            return ([], documents.Preview(draft, run));
        }

        ReviewSubject[] subjects = [.. documents.All.Keys.Select(ReviewSubject.Document), .. exchange is null ? [] : new[] { ReviewSubject.Exchange(exchange.Id) }];
        var unsettled = (await StatesAsync(subjects, cancellation)).Where(state => state.Status is ReviewStatus.Disagreed or ReviewStatus.Escalated).Select(state => state.Subject);
        var decisions = DecisionMaker.Make(
            draft, user, Setting.Time.GetUtcNow(), exchange, new HashSet<ReviewSubject>(unsettled), documents.Corpus, run?.Run, documents.All);
        var taken = await Setting.Reviews.DecideAsync(decisions, draft.Seen, cancellation);
        if (exchange is not null)
        {
            await Setting.Reviews.ReleaseAsync(ReviewSubject.Exchange(exchange.Id), user.Name, cancellation);
        }

        return (taken, null);
    }

    /// <summary>A form that came too late, ready to be sent again: what is known now counts as seen.</summary>
    private async Task<DecisionDraft> AgainAsync(DecisionDraft draft, CancellationToken cancellation)
    {
        var states = (await StatesAsync([.. draft.Seen.Keys], cancellation)).ToDictionary(state => state.Subject, state => state.Number);
        return draft with { Act = DecisionDraft.Fresh().Act, Seen = draft.Seen.Keys.ToDictionary(subject => subject, subject => states.GetValueOrDefault(subject)) };
    }

    /// <summary>A conflict in words.</summary>
    private static string InWords(ReviewConflictException conflict)
    {
        var newer = conflict.Newer[^1];
        return $"{newer.By} decided “{Shown.Verdict(newer.Verdict)}” on {Shown.Word(newer.Subject.Kind)} {newer.Subject.Id} at {Shown.Time(newer.At)}, after this page was opened. "
            + "Look at the history below; nothing you typed is lost. Send the form again to decide all the same.";
    }

    private async Task<IReadOnlyList<ReviewState>> StatesAsync(IReadOnlyList<ReviewSubject> subjects, CancellationToken cancellation)
    {
        List<ReviewState> states = [];
        foreach (var kind in subjects.GroupBy(subject => subject.Kind))
        {
            states.AddRange((await Setting.Reviews.StatesAsync(kind.Key, [.. kind.Select(subject => subject.Id)], cancellation)).Values);
        }

        return states;
    }
}

/// <summary>What became of a page's form.</summary>
/// <param name="Draft">The form, as it is to be shown again.</param>
/// <param name="Status">The answer's: 303 where it was taken, 200 of a preview, else what is wrong.</param>
internal sealed record DecisionOutcome(DecisionDraft Draft, int Status)
{
    /// <summary>Whether it was taken: then the page goes on, and else is shown again.</summary>
    public bool IsTaken => Status == StatusCodes.Status303SeeOther;

    /// <summary>What is wrong, in words.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];

    /// <summary>What it would change; null where no document is decided on.</summary>
    public DecisionPreview? Preview { get; init; }
}
