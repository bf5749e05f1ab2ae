"""Webhooks, trying them out, and the log of their deliveries (`endpoints.md` §8)."""

from __future__ import annotations

import uuid

from mlflowlite.api.context import Context
from mlflowlite.errors import MlflowError
from mlflowlite.protos import messages as m
from mlflowlite.store import webhook_deliveries, webhook_events, webhooks
from mlflowlite.webhooks.examples import EXAMPLES
from mlflowlite.webhooks.secrets import SecretError
from mlflowlite.webhooks.urls import check_url


def create_webhook(ctx: Context, request: m.CreateWebhookRequest) -> m.CreateWebhookResponse:
    _check_url(ctx, request.url)
    webhook = webhooks.create_webhook(
        ctx.db,
        name=request.name,
        description=request.description,
        url=request.url,
        events=request.events,
        encrypted_secret=_encrypted(ctx, request.secret or ""),
        status=request.status or "ACTIVE",
    )
    return m.CreateWebhookResponse(webhook=webhook)


def list_webhooks(ctx: Context, request: m.ListWebhooksRequest) -> m.ListWebhooksResponse:
    found, token = webhooks.list_webhooks(ctx.db, request.max_results or 100, request.page_token)
    return m.ListWebhooksResponse(webhooks=found, next_page_token=token)


def get_webhook(ctx: Context, request: m.GetWebhookRequest) -> m.GetWebhookResponse:
    return m.GetWebhookResponse(webhook=webhooks.get_webhook(ctx.db, request.webhook_id))


def update_webhook(ctx: Context, request: m.UpdateWebhookRequest) -> m.UpdateWebhookResponse:
    if request.url:
        _check_url(ctx, request.url)
    webhook = webhooks.update_webhook(
        ctx.db,
        request.webhook_id,
        name=request.name,
        description=request.description,
        url=request.url,
        events=request.events,
        encrypted_secret=None if request.secret is None else _encrypted(ctx, request.secret),
        status=request.status,
    )
    return m.UpdateWebhookResponse(webhook=webhook)


def delete_webhook(ctx: Context, request: m.DeleteWebhookRequest) -> m.DeleteWebhookResponse:
    webhooks.delete_webhook(ctx.db, request.webhook_id)
    return m.DeleteWebhookResponse()


def test_webhook(ctx: Context, request: m.TestWebhookRequest) -> m.TestWebhookResponse:
    if request.event:
        webhooks.check_event(request.event)
    target = webhooks.get_target(ctx.db, request.webhook_id)
    event = request.event or target.first_event
    return m.TestWebhookResponse(result=_try_out(ctx, target, event))


def list_webhook_deliveries(
    ctx: Context, request: m.ListWebhookDeliveriesRequest
) -> m.ListWebhookDeliveriesResponse:
    found, token = webhook_deliveries.list_webhook_deliveries(
        ctx.db,
        request.webhook_id,
        status=request.status,
        max_results=100 if request.max_results is None else request.max_results,
        page_token=request.page_token,
    )
    return m.ListWebhookDeliveriesResponse(deliveries=found, next_page_token=token)


def replay_webhook_delivery(
    ctx: Context, request: m.ReplayWebhookDeliveryRequest
) -> m.ReplayWebhookDeliveryResponse:
    delivery = webhook_deliveries.replay_webhook_delivery(ctx.db, request.webhook_id, request.delivery_id)
    return m.ReplayWebhookDeliveryResponse(delivery=delivery)


def _check_url(ctx: Context, url: str) -> None:
    check_url(
        url,
        schemes=ctx.settings.webhook_schemes,
        allow_private=ctx.settings.webhook_allow_private_ips,
    )


def _encrypted(ctx: Context, secret: str) -> str:
    webhooks.check_secret(secret)
    return ctx.secrets.encrypt(secret)


def _try_out(ctx: Context, target: webhooks.Target, event: m.WebhookEvent) -> m.WebhookTestResult:
    """Make one call and tell how it went; outside of any transaction, for it may take its time."""
    from mlflowlite.webhooks.calls import CallError, call  # here: requests costs memory

    example = EXAMPLES[event.entity, event.action]
    try:
        _check_url(ctx, target.url)
        answer = call(
            target.url,
            webhook_events.payload(event.entity, event.action, example),
            delivery_id=str(uuid.uuid4()),
            secret=ctx.secrets.decrypt(target.encrypted_secret),
            timeout=ctx.settings.webhook_request_timeout,
            allow_private=ctx.settings.webhook_allow_private_ips,
        )
    except (CallError, SecretError, MlflowError) as error:
        return m.WebhookTestResult(success=False, error_message=str(error))
    return m.WebhookTestResult(
        success=answer.status < 400, response_status=answer.status, response_body=answer.body
    )
