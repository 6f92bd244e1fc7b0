using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Tda.Gateway.Costs;
using Tda.Gateway.Security;
using Tda.Review;
using Tda.Review.Accounts;
using Tda.Store.Reviews;

namespace Tda.Gateway.Operations;

/// <summary>The reviewer's desk on the gateway's own address.</summary>
internal sealed class GatewayDesk : IAsyncDisposable
{
    private readonly IReviewStore _reviews;
    private readonly IDisposable _desk;

    public GatewayDesk(IEndpointRouteBuilder routes, LiveOptions live, IExchangeStore store, TdaHome home, Func<HealthReport> health, HeldPrices prices, TimeProvider time)
    {
        _reviews = ReviewStore.Beside(home, live.Current.Store);
        var setting = new DeskSetting
        {
            Home = home,
            Log = store,
            Reviews = _reviews,
            Health = () => Shown(health()),
            Prices = () => prices.Current,
            Options = live.Current.Desk,
            Time = time,
        };
        _desk = ReviewDesk.Map(routes, setting);
        routes.MapFallback((RequestDelegate)(context => ReviewDesk.NoSuchPageAsync(context, setting))).For(ReviewRole.Reader).WithMetadata(new NoSuchPage());
    }

    public async ValueTask DisposeAsync()
    {
        _desk.Dispose();
        await _reviews.DisposeAsync();
    }

    private static DeskHealth Shown(HealthReport health) => new(health.Status, health.Forwarded, health.Recorded, health.Pending, health.DeclaredDrops, health.InFlight)
    {
        LagSeconds = health.LagSeconds,
        LastGap = health.LastGap,
        DiskFreeBytes = health.DiskFreeBytes,
        Reasons = health.Reasons,
    };
}
