using Tda.Store;

namespace Tda.Gateway.Security;

/// <summary>Feedback in the store, beside the exchange.</summary>
internal sealed class StoreFeedback(IExchangeStore store) : IFeedbackLog
{
    public Task AddAsync(ExchangeFeedback feedback, CancellationToken cancellationToken) => store.AddFeedbackAsync(
        new()
        {
            ExchangeId = feedback.ExchangeId,
            Rating = feedback.Rating,
            Label = feedback.Label,
            Comment = feedback.Comment,
            At = feedback.At,
            By = feedback.Actor,
        },
        cancellationToken);
}
