using Tda.Core.Exchanges;
namespace Tda.Store.Sql;

/// <summary>A row of <c>feedback</c>.</summary>
internal sealed class FeedbackRow
{
    public double? Rating { get; init; }

    public string? Label { get; init; }

    public string? Comment { get; init; }

    public long At { get; init; }

    public string? ByWhom { get; init; }

    public Feedback ToFeedback(string exchangeId) => new()
    {
        ExchangeId = exchangeId,
        Rating = Rating,
        Label = Label,
        Comment = Comment,
        At = ExchangeTime.FromMicroseconds(At),
        By = ByWhom,
    };
}
