using Tda.Review.Accounts;
using Tda.Review.Attribution;
using Tda.Review.Pages;
using Tda.Review.Queues;
using Tda.Review.Rendering;

namespace Tda.Review;

/// <summary>What all parts of the desk share: the setting, what is read of the home, and how pages answer.</summary>
internal sealed class DeskRooms(DeskSetting setting) : IDisposable
{
    public DeskSetting Setting => setting;

    public RunLibrary Runs { get; } = new(setting.Home);

    public DocumentShelf Documents { get; } = new(setting.Home);

    public AttributionJobs Jobs { get; } = new(setting);

    public QueueReader Queues { get; } = new(setting);

    /// <summary>Answers with a page that shows a model.</summary>
    public static Task PageAsync<T>(HttpContext context, object model, int status = StatusCodes.Status200OK)
        where T : Microsoft.AspNetCore.Components.IComponent => PageRenderer.WriteAsync<T>(context, new() { ["Model"] = model }, status);

    /// <summary>A value of the address's query; null where it is absent or empty.</summary>
    public static string? Given(HttpContext context, string name) => context.Request.Query[name].ToString() is { Length: > 0 } value ? value : null;

    /// <summary>The decisions of the act that an address names as just made; empty where it names none.</summary>
    public async Task<IReadOnlyList<ReviewDecision>> DoneAsync(HttpContext context) =>
        Given(context, "done") is { } act ? await setting.Reviews.ActAsync(act, context.RequestAborted) : [];

    /// <summary>Answers with a page that only says something.</summary>
    public Task SayAsync(HttpContext context, int status, string title, string message, (string Path, string Name)? link = null) =>
        PageAsync<MessagePage>(context, new MessageModel(DeskUser.Of(context), setting.Health(), title, message, link), status);

    public Task NotFoundAsync(HttpContext context, string message) => SayAsync(context, StatusCodes.Status404NotFound, "Not found", message, ("/", "Desk"));

    /// <summary>A page that says so where the log can't be reached, or a file can't be read.</summary>
    public RequestDelegate Told(Func<HttpContext, Task> page) => async context =>
    {
        try
        {
            await page(context);
        }
        catch (BadInputException error) when (!context.Response.HasStarted)
        {
            await SayAsync(context, StatusCodes.Status500InternalServerError, "Damaged", error.Message, ("/", "Desk"));
        }
        catch (TdaException error) when (!context.Response.HasStarted)
        {
            await SayAsync(context, StatusCodes.Status503ServiceUnavailable, "No log", $"The log can't be reached: {error.Message} Try again in a moment.", ("/", "Desk"));
        }
    };

    /// <summary>Notes something that was done with the log.</summary>
    public Task AuditAsync(HttpContext context, string action, string subject, string? detail = null) => setting.Log.AuditAsync(
        new() { At = setting.Time.GetUtcNow(), Actor = DeskAudit.Actor(context), Action = action, Subject = subject, Detail = detail }, context.RequestAborted);

    public void Dispose()
    {
        Jobs.Dispose();
        Runs.Dispose();
    }
}
